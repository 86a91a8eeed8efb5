using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;
using NodeMesh.Http.Tests.Peers;

namespace NodeMesh.Http.Tests.Hpack;

/// <summary>Our HPACK against python3-hpack: each decodes what the other encodes, over long lives of both tables.</summary>
public sealed class PythonHpackTests : IDisposable
{
    private static readonly string[] Names =
        [":method", ":path", ":authority", ":status", "cookie", "x-custom", "secret-one", "accept-encoding", "baggage", "te", "content-type"];

    private readonly PythonPeer _peer = new("hpack_peer.py");
    private string _pending = "";

    public PythonHpackTests() => Assert.Equal("ready", ReadLine());

    public void Dispose() => _peer.Dispose();

    [Fact]
    public void Python_decodes_what_we_encode()
    {
        var encoder = new HpackEncoder(4096);
        var random = new Random(7);
        for (int round = 0; round < 400; round++)
        {
            if (round % 50 == 49)
            {
                int size = random.Next(5000);
                Assert.Equal("ok", Ask($"allow {Math.Min(size, 4096)}"));
                encoder.SetPeerTableSize(size);
            }
            HeaderList fields = RandomFields(random);
            byte[] block = new byte[HpackEncoder.MaxEncodedLength(fields)];
            int length = encoder.Encode(fields, block);
            Assert.Equal(Hex(fields), Ask("decode " + Convert.ToHexStringLower(block.AsSpan(0, length))));
        }
    }

    [Fact]
    public void We_decode_what_python_encodes()
    {
        var decoder = new HpackDecoder();
        var random = new Random(8);
        for (int round = 0; round < 400; round++)
        {
            if (round % 50 == 49)
            {
                int size = random.Next(4096);
                Assert.Equal("ok", Ask($"resize {size}"));
                decoder.SetAllowedTableSize(size);
            }
            HeaderList fields = RandomFields(random);
            byte[] block = Convert.FromHexString(Ask("encode " + Hex(fields)));
            var decoded = new HeaderList();
            Assert.Equal(HpackError.None, decoder.Decode(block, decoded, 1 << 20, 1000, out _));
            Assert.Equal(Hex(fields), Hex(decoded));
            for (int i = 0; i < decoded.Count; i++)
            {
                Assert.Equal(decoded.NameAt(i).StartsWith("secret"u8), decoded[i].IsSensitive);
            }
        }
    }

    private static HeaderList RandomFields(Random random)
    {
        var fields = new HeaderList();
        int count = random.Next(1, 20);
        for (int i = 0; i < count; i++)
        {
            string name = random.Next(10) == 0 ? $"x-{random.Next(1000)}" : Names[random.Next(Names.Length)];
            byte[] value = new byte[random.Next(4) == 0 ? random.Next(300) : random.Next(6)];
            for (int at = 0; at < value.Length; at++)
            {
                value[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)random.Next('a', 'f');
            }
            fields.Add(Encoding.ASCII.GetBytes(name), random.Next(5) == 0 ? "GET"u8 : value);
        }
        return fields;
    }

    private static string Hex(HeaderList fields)
    {
        var text = new StringBuilder();
        foreach (HeaderField field in fields)
        {
            text.Append(text.Length == 0 ? "" : " ")
                .Append(Convert.ToHexStringLower(field.Name))
                .Append(':')
                .Append(Convert.ToHexStringLower(field.Value));
        }
        return text.ToString();
    }

    private string Ask(string line)
    {
        _peer.Input.Write(Encoding.ASCII.GetBytes(line + "\n"));
        _peer.Input.Flush();
        return ReadLine();
    }

    private string ReadLine()
    {
        while (true)
        {
            int end = _pending.IndexOf('\n', StringComparison.Ordinal);
            if (end >= 0)
            {
                string line = _pending[..end];
                _pending = _pending[(end + 1)..];
                return line;
            }
            byte[]? more = _peer.Receive();
            _pending += more is null ? throw _peer.Failure("No answer.") : Encoding.ASCII.GetString(more);
        }
    }
}
