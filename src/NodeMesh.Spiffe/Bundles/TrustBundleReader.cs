using System.Text.Json;

namespace NodeMesh.Spiffe.Bundles;

/// <summary>
/// Reads bundle documents, also those of foreign trust domains, so every size is bounded and only
/// <see cref="TrustBundleFormatException"/> leaves it. Stateless.
/// </summary>
internal static class TrustBundleReader
{
    internal const int MaxLength = 1024 * 1024;
    private const int MaxKeys = 1024;

    internal static TrustBundle Read(TrustDomain trustDomain, ReadOnlyMemory<byte> utf8Json)
    {
        ArgumentNullException.ThrowIfNull(trustDomain);
        if (utf8Json.Length > MaxLength)
        {
            throw new TrustBundleFormatException($"the document is {utf8Json.Length} bytes long; at most {MaxLength} are read");
        }

        try
        {
            using var document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 16 });
            return Read(trustDomain, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string holds bytes that are no UTF-8 or half a surrogate pair.
            throw new TrustBundleFormatException("the document is not JSON: " + e.Message);
        }
    }

    private static TrustBundle Read(TrustDomain trustDomain, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("keys", out var keys)
            || keys.ValueKind != JsonValueKind.Array)
        {
            throw new TrustBundleFormatException("the document has no array \"keys\"; a SPIFFE bundle is a JWK set: {\"keys\":[...]}");
        }

        if (keys.GetArrayLength() > MaxKeys)
        {
            throw new TrustBundleFormatException($"the document lists {keys.GetArrayLength()} keys; at most {MaxKeys} are read");
        }

        var sequence = ReadNumber(root, "spiffe_sequence", ulong.MaxValue);
        var hint = ReadNumber(root, "spiffe_refresh_hint", int.MaxValue);
        var x509 = new List<ReadOnlyMemory<byte>>();
        var jwt = new List<JwtAuthority>();
        var index = 0;
        foreach (var key in keys.EnumerateArray())
        {
            ReadKey(key, index++, x509, jwt);
        }

        return new TrustBundle(trustDomain, x509, sequence, hint is { } seconds ? TimeSpan.FromSeconds(seconds) : null, jwt);
    }

    private static ulong? ReadNumber(JsonElement root, string name, ulong max)
    {
        if (!root.TryGetProperty(name, out var value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Number && value.TryGetUInt64(out var number) && number <= max
            ? number
            : throw new TrustBundleFormatException($"\"{name}\" is not a whole number from 0 to {max}");
    }

    private static void ReadKey(JsonElement key, int index, List<ReadOnlyMemory<byte>> x509, List<JwtAuthority> jwt)
    {
        if (key.ValueKind != JsonValueKind.Object)
        {
            throw new TrustBundleFormatException($"keys[{index}] is not a JSON object");
        }

        // An unknown or missing "kty" or "use" makes the whole element be ignored (sections 4.2.1 and 4.2.2).
        if (ReadString(key, "kty") is not ("EC" or "RSA"))
        {
            return;
        }

        switch (ReadString(key, "use"))
        {
            case "x509-svid" when ReadX5c(key, index) is { } certificate:
                x509.Add(certificate);
                break;
            case "jwt-svid" when ReadString(key, "kid") is { Length: > 0 } keyId:
                jwt.Add(new JwtAuthority(keyId, key.Clone()));
                break;
            default:
                break;
        }
    }

    // X509-SVID section 6.2: without x5c the entry is ignored, and of several values the first counts.
    private static byte[]? ReadX5c(JsonElement key, int index)
    {
        if (!key.TryGetProperty("x5c", out var x5c) || x5c.ValueKind != JsonValueKind.Array || x5c.GetArrayLength() == 0)
        {
            return null;
        }

        return x5c[0].ValueKind == JsonValueKind.String && x5c[0].TryGetBytesFromBase64(out var der)
            ? der
            : throw new TrustBundleFormatException($"keys[{index}].x5c[0] is not a base64 string; it must be one DER certificate in base64");
    }

    private static string? ReadString(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
