using NodeMesh.Http.Headers;
using NodeMesh.Http.Hpack;
using NodeMesh.Http.Tests.Http2;

namespace NodeMesh.Http.Tests.Hpack;

/// <summary>RFC 7541, appendix C.</summary>
public sealed class Rfc7541ExampleTests
{
    private const string Date21 = "Mon, 21 Oct 2013 20:13:21 GMT";
    private const string Date22 = "Mon, 21 Oct 2013 20:13:22 GMT";
    private const string TableOf256 = "3fe101";

    private const string FirstRequest = ":method: GET; :scheme: http; :path: /; :authority: www.example.com";
    private const string SecondRequest = FirstRequest + "; cache-control: no-cache";
    private const string ThirdRequest =
        ":method: GET; :scheme: https; :path: /index.html; :authority: www.example.com; custom-key: custom-value";

    private const string FirstResponse = ":status: 302; cache-control: private; date: " + Date21 + "; location: https://www.example.com";
    private const string SecondResponse = ":status: 307; cache-control: private; date: " + Date21 + "; location: https://www.example.com";
    private const string ThirdResponse = ":status: 200; cache-control: private; date: " + Date22 + "; location: https://www.example.com"
        + "; content-encoding: gzip; set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

    [Theory]
    [InlineData("400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header")]
    [InlineData("040c2f73616d706c652f70617468", ":path: /sample/path")]
    [InlineData("100870617373776f726406736563726574", "password: secret")]
    [InlineData("82", ":method: GET")]
    public void C2_single_fields_decode(string hex, string expected) => Assert.Equal(expected, Decode(new HpackDecoder(), hex));

    [Fact]
    public void C3_requests_without_Huffman_decode()
    {
        var decoder = new HpackDecoder();
        Assert.Equal(FirstRequest, Decode(decoder, "828684410f7777772e6578616d706c652e636f6d"));
        Assert.Equal(SecondRequest, Decode(decoder, "828684be58086e6f2d6361636865"));
        Assert.Equal(ThirdRequest, Decode(decoder, "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"));
    }

    [Fact]
    public void C4_requests_with_Huffman_decode()
    {
        var decoder = new HpackDecoder();
        Assert.Equal(FirstRequest, Decode(decoder, "828684418cf1e3c2e5f23a6ba0ab90f4ff"));
        Assert.Equal(SecondRequest, Decode(decoder, "828684be5886a8eb10649cbf"));
        Assert.Equal(ThirdRequest, Decode(decoder, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"));
    }

    [Fact]
    public void C4_requests_encode_to_the_very_bytes_of_the_RFC()
    {
        var encoder = new HpackEncoder(4096);
        Assert.Equal("828684418cf1e3c2e5f23a6ba0ab90f4ff", Encode(encoder, FirstRequest));
        Assert.Equal("828684be5886a8eb10649cbf", Encode(encoder, SecondRequest));
        Assert.Equal("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf", Encode(encoder, ThirdRequest));
        Assert.Equal(164, encoder.TableSize);
    }

    [Fact]
    public void C5_responses_without_Huffman_decode_with_eviction()
    {
        var decoder = new HpackDecoder();
        Assert.Equal(
            FirstResponse,
            Decode(decoder, TableOf256 + "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d"));
        Assert.Equal(SecondResponse, Decode(decoder, "4803333037c1c0bf"));
        Assert.Equal(
            ThirdResponse,
            Decode(decoder, "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31"));
    }

    [Fact]
    public void C6_responses_with_Huffman_decode_with_eviction()
    {
        var decoder = new HpackDecoder();
        Assert.Equal(
            FirstResponse,
            Decode(decoder, TableOf256 + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3"));
        Assert.Equal(SecondResponse, Decode(decoder, "4883640effc1c0bf"));
        Assert.Equal(
            ThirdResponse,
            Decode(decoder, "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007"));
    }

    private static string Decode(HpackDecoder decoder, string hex)
    {
        var fields = new HeaderList();
        Assert.Equal(HpackError.None, decoder.Decode(Convert.FromHexString(hex), fields, 4096, 100, out _));
        return RecordingHandler.Describe(fields);
    }

    private static string Encode(HpackEncoder encoder, string text)
    {
        var fields = new HeaderList();
        foreach (string field in text.Split("; "))
        {
            int colon = field.IndexOf(": ", StringComparison.Ordinal);
            fields.Add(field[..colon], field[(colon + 2)..]);
        }
        byte[] block = new byte[HpackEncoder.MaxEncodedLength(fields)];
        return Convert.ToHexStringLower(block.AsSpan(0, encoder.Encode(fields, block)));
    }
}
