using System.Net;
using System.Text;
using NodeMesh.Linux.Sockets;
using NodeMesh.Proxy.Requests.Headers;

namespace NodeMesh.Proxy.Tests.Requests.Headers;

public sealed class AddressTextTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7:8080", "192.0.2.7")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("[2001:DB8::1]", "2001:db8::1")]
    [InlineData("[2001:db8::1]:443", "2001:db8::1")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    public void Addresses_are_read_in_every_form_and_written_in_the_canonical_one(string text, string canonical)
    {
        Assert.True(AddressText.TryParse(Encoding.ASCII.GetBytes(text), out var address));
        Assert.Equal(canonical, Format(address));
    }

    [Theory]
    [InlineData("")]
    [InlineData("unknown")]
    [InlineData("_hidden")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.1.5")]
    [InlineData("192.0.2.01")]
    [InlineData("192.0.2.1:")]
    [InlineData("192.0.2.1:70000")]
    [InlineData("192.0.2.1 ")]
    [InlineData("[2001:db8::1")]
    [InlineData("[2001:db8::1]x")]
    [InlineData("[192.0.2.1]")]
    [InlineData(":::")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4:5:6:7:8::")]
    [InlineData("12345::")]
    [InlineData("fe80::1%eth0")]
    public void What_is_no_address_is_refused(string text) => Assert.False(AddressText.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void Random_addresses_are_written_and_read_as_the_framework_does()
    {
        var random = new Random(20300105);
        Span<byte> bytes = stackalloc byte[16];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            for (var group = 0; group < 8; group++)
            {
                if (random.Next(2) == 0)
                {
                    bytes.Slice(group * 2, 2).Clear();
                }
            }

            // Addresses that embed an IPv4 one are written with its dots by the framework, and the mapped ones are IPv4 here.
            bytes[0] = 0x20;
            var expected = random.Next(2) == 0 ? new IPAddress(bytes) : new IPAddress(bytes[12..]);
            var address = IpEndpoint.From(expected, 0);

            Assert.Equal(expected.ToString(), Format(address));
            Assert.True(AddressText.TryParse(Encoding.ASCII.GetBytes(expected.ToString()), out var read));
            Assert.Equal(address, read);
        }
    }

    [Fact]
    public void Whatever_bytes_come_what_is_taken_is_what_the_framework_takes()
    {
        var random = new Random(20300106);
        var letters = "0123456789abcdefF:::..[]%g "u8.ToArray();
        var taken = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = new byte[random.Next(1, 20)];
            for (var at = 0; at < text.Length; at++)
            {
                text[at] = letters[random.Next(letters.Length)];
            }

            if (AddressText.TryParse(text, out var address))
            {
                taken++;
                var plain = Encoding.ASCII.GetString(text);
                plain = plain[0] == '[' ? plain[1..plain.IndexOf(']', StringComparison.Ordinal)]
                    : plain.Count(c => c == ':') == 1 ? plain[..plain.IndexOf(':', StringComparison.Ordinal)] : plain;
                Assert.Equal(IpEndpoint.From(IPAddress.Parse(plain), 0).Address, address.Address);
            }
        }

        Assert.True(taken > 100, "hardly any text was an address");
    }

    private static string Format(IpEndpoint address)
    {
        Span<byte> text = stackalloc byte[AddressText.MaxLength];
        return Encoding.ASCII.GetString(text[..AddressText.Format(address, text)]);
    }
}
