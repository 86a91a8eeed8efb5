using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Hpack;

public sealed class HpackEncoderTests
{
    [Fact]
    public void A_field_that_comes_again_takes_one_byte()
    {
        var encoder = new HpackEncoder(4096);
        HeaderList fields = Endpoint.List((":authority", "orders.shop.mesh:8080"), ("baggage", "service=orders,node=a"));
        Assert.True(Encode(encoder, fields).Length > 20);
        Assert.Equal([0xBF, 0xBE], Encode(encoder, fields));
    }

    [Theory]
    [InlineData("authorization")]
    [InlineData("cookie")]
    [InlineData("set-cookie")]
    [InlineData("proxy-authorization")]
    public void A_secret_is_never_indexed(string name)
    {
        var encoder = new HpackEncoder(4096);
        byte[] block = Encode(encoder, Endpoint.List((name, "secret")));
        Assert.Equal(0x10, block[0] & 0xF0);
        Assert.Equal(0, encoder.TableSize);
    }

    [Fact]
    public void A_field_marked_sensitive_is_never_indexed()
    {
        var encoder = new HpackEncoder(4096);
        var fields = new HeaderList();
        fields.Add("x-token"u8, "1"u8, sensitive: true);
        Assert.Equal(0x10, Encode(encoder, fields)[0]);
        Assert.Equal(0, encoder.TableSize);
    }

    [Theory]
    [InlineData("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("forwarded", "for=\"10.0.0.1:1\"")]
    [InlineData(":path", "/orders/17")]
    [InlineData("content-length", "1000")]
    [InlineData("x-request-id", "4bf92f35-77b3-4da6-a3ce-929d0e0e4736")]
    public void A_value_that_differs_each_time_does_not_enter_the_table(string name, string value)
    {
        var encoder = new HpackEncoder(4096);
        Encode(encoder, Endpoint.List((name, value)));
        Assert.Equal(0, encoder.TableSize);
    }

    [Fact]
    public void One_time_values_are_plain_and_what_enters_the_table_is_Huffman_coded()
    {
        var encoder = new HpackEncoder(4096);
        byte[] once = Encode(encoder, Endpoint.List(("x-request-id", "0000")));
        Assert.Equal([0x00, 12, .. "x-request-id"u8, 4, .. "0000"u8], once);
        byte[] enters = Encode(encoder, Endpoint.List(("server", "aaaa")));
        Assert.Equal([0x40 | 54, 0x83, 0x18, 0xC6, 0x3F], enters);
    }

    [Fact]
    public void A_path_enters_the_table_when_it_comes_again_but_never_with_a_query()
    {
        var encoder = new HpackEncoder(4096);
        HeaderList plain = Endpoint.List((":path", "/shop.Orders/Get"));
        Encode(encoder, plain);
        Assert.Equal(0x40, Encode(encoder, plain)[0] & 0xC0);
        Assert.Equal([0xBE], Encode(encoder, plain));
        HeaderList query = Endpoint.List((":path", "/orders?token=secret"));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(0x00, Encode(encoder, query)[0] & 0xF0);
        }
    }

    [Fact]
    public void One_time_values_do_not_push_out_what_repeats()
    {
        var encoder = new HpackEncoder(400);
        HeaderList stable = Endpoint.List(("x-service", "orders"), ("x-node", "a"));
        Encode(encoder, stable);
        for (int i = 0; i < 100; i++)
        {
            Encode(encoder, Endpoint.List(("x-trace", $"{i:x32}")));
        }
        Assert.Equal(2, Encode(encoder, stable).Length);

        // What came twice is let in.
        for (int i = 0; i < 2; i++)
        {
            Encode(encoder, Endpoint.List(("x-new", new string('n', 100))));
        }
        Assert.Single(Encode(encoder, Endpoint.List(("x-new", new string('n', 100)))));
    }

    [Fact]
    public void The_table_stays_within_its_bound_whatever_is_sent()
    {
        var encoder = new HpackEncoder(4096);
        var decoder = new HpackDecoder();
        for (int i = 0; i < 5000; i++)
        {
            HeaderList fields = Endpoint.List(($"x-{i % 300}", new string('v', i % 700)), ("x-same", "same"));
            byte[] block = Encode(encoder, fields);
            Assert.InRange(encoder.TableSize, 0, 4096);
            var decoded = new HeaderList();
            Assert.Equal(HpackError.None, decoder.Decode(block, decoded, 4096, 10, out _));
            Assert.Equal(RecordingHandler.Describe(fields), RecordingHandler.Describe(decoded));
        }
    }

    [Fact]
    public void A_table_that_shrank_and_grew_announces_both()
    {
        var encoder = new HpackEncoder(4096);
        Encode(encoder, Endpoint.List(("x", "y")));
        encoder.SetPeerTableSize(0);
        encoder.SetPeerTableSize(100);
        Assert.Equal([0x20, 0x3F, 69, 0x82], Encode(encoder, Endpoint.List((":method", "GET"))));
        Assert.Equal([0x82], Encode(encoder, Endpoint.List((":method", "GET"))));
    }

    [Fact]
    public void The_peer_cannot_make_the_table_larger_than_we_want()
    {
        var encoder = new HpackEncoder(4096);
        encoder.SetPeerTableSize(1 << 20);
        Assert.Equal([0x82], Encode(encoder, Endpoint.List((":method", "GET"))));
    }

    private static byte[] Encode(HpackEncoder encoder, HeaderList fields)
    {
        byte[] block = new byte[HpackEncoder.MaxEncodedLength(fields)];
        return block[..encoder.Encode(fields, block)];
    }
}
