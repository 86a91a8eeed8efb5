using NodeMesh.Cli.Support;

namespace NodeMesh.Cli.Tests.Support;

public sealed class RedactorTests
{
    [Theory]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIGHsecret\nsecret\n-----END PRIVATE KEY-----\nafter", "[redacted]\nafter")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nMHcsecret", "[redacted]")]
    [InlineData("""{"key":"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n"}""", """{"key":"[redacted]\n"}""")]
    [InlineData("joins with nmj1.secret-se_cret.secret now", "joins with [redacted] now")]
    [InlineData("GET /?jwt=eyJhbGciOiJFUzI1NiJ9.c2VjcmV0.secret HTTP/1.1", "GET /?jwt=[redacted] HTTP/1.1")]
    [InlineData("""{"kty":"EC","x":"public","d":"secret"}""", """{"kty":"EC","x":"public","d":"[redacted]"}""")]
    [InlineData("https://bob:secret@registry.example/", "https://[redacted]@registry.example/")]
    [InlineData("Authorization: Basic c2VjcmV0 and secret\nnext", "Authorization: [redacted]\nnext")]
    [InlineData("""{"cookie":"a=secret; b=secret","path":"/"}""", """{"cookie":"[redacted]","path":"/"}""")]
    [InlineData("sent Bearer secret-token.x", "sent Bearer [redacted]")]
    [InlineData("DB_PASSWORD=secret", "DB_PASSWORD=[redacted]")]
    [InlineData("  apiKey: \"secret\"", "  apiKey: \"[redacted]\"")]
    [InlineData("""{"path":"/pay?token=secret&amount=3"}""", """{"path":"/pay?token=[redacted]&amount=3"}""")]
    public void What_is_secret_is_taken_out_and_the_rest_stays(string text, string expected)
    {
        var redacted = Redactor.Redact(text);

        Assert.Equal(expected, redacted);
        Assert.Equal(redacted, Redactor.Redact(redacted));
    }

    [Theory]
    [InlineData("tokenFile: /etc/nodemesh/join-token")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("spiffe://example.org/ns/shop/sa/cart")]
    [InlineData("2026-03-01T12:00:00+00:00 web-1 nodemeshd[12]: Joined at 192.0.2.10:15010")]
    public void What_is_not_secret_stays(string text) => Assert.Equal(text, Redactor.Redact(text));
}
