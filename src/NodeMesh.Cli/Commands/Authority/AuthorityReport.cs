using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using NodeMesh.Spiffe.Authority;

namespace NodeMesh.Cli.Commands.Authority;

/// <summary>The state of an authority for scripts. Stateless.</summary>
internal static class AuthorityReport
{
    public static JsonObject Of(AuthorityDirectory authority, TimeProvider time)
    {
        var rotation = authority.Rotation;
        var certificates = new JsonArray();
        Add(certificates, "root", "active", rotation.Active.Root.Certificate);
        Add(certificates, "issuing", "active", rotation.Active.Issuing.Certificate);
        if (rotation.Prepared is { } prepared)
        {
            Add(certificates, "root", "prepared", prepared.Root.Certificate);
            Add(certificates, "issuing", "prepared", prepared.Issuing.Certificate);
        }

        foreach (var retiring in rotation.Retiring)
        {
            Add(certificates, "root", "retiring", retiring);
        }

        foreach (var certificate in certificates)
        {
            var left = DateTimeOffset.Parse((string)certificate!["notAfter"]!, System.Globalization.CultureInfo.InvariantCulture) - time.GetUtcNow();
            certificate["remainingSeconds"] = Math.Floor(left.TotalSeconds);
        }

        return new JsonObject
        {
            ["directory"] = authority.Path,
            ["trustDomain"] = authority.TrustDomain.Name,
            ["bundleSequence"] = authority.Bundle!.Sequence,
            ["rotation"] = rotation.Prepared is not null ? "prepared" : rotation.Retiring.Count > 0 ? "activated" : "none",
            ["certificates"] = certificates,
        };
    }

    private static void Add(JsonArray certificates, string kind, string state, ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        certificates.Add((JsonNode)new JsonObject
        {
            ["kind"] = kind,
            ["state"] = state,
            ["subject"] = certificate.Subject,
            ["serialNumber"] = certificate.SerialNumber,
            ["notBefore"] = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()).ToString("O"),
            ["notAfter"] = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToString("O"),
            ["sha256"] = Convert.ToHexStringLower(SHA256.HashData(der.Span)),
        });
    }
}
