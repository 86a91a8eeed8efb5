using NodeMesh.Resources.Yaml;

namespace NodeMesh.Resources.Schema;

/// <summary>Says which known name was probably meant.</summary>
internal static class Suggestion
{
    /// <summary><c>did you mean "port"? Known are name, port, protocol</c></summary>
    public static string For(string found, IEnumerable<string> known)
    {
        var names = known.ToArray();
        var list = $"known are {string.Join(", ", names)}";
        return Nearest(found, names) is { } nearest ? $"did you mean {FoundText.Quote(nearest)}? {char.ToUpperInvariant(list[0])}{list[1..]}" : list;
    }

    private static string? Nearest(string found, string[] names)
    {
        // Longer names are no slip of a known one, and need not be measured.
        if (found.Length > 64)
        {
            return null;
        }

        if (found.Length >= 3 && Array.Find(names, name => name.StartsWith(found, StringComparison.OrdinalIgnoreCase)) is { } begun)
        {
            return begun;
        }

        string? nearest = null;
        var least = Math.Max(1, found.Length / 3) + 1;
        foreach (var name in names)
        {
            var distance = string.Equals(found, name, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(found, name);
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }

        return nearest;
    }

    /// <summary>Levenshtein's distance.</summary>
    private static int Distance(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[right.Length];
    }
}
