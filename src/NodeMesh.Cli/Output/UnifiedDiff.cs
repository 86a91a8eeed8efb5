using System.Text;

namespace NodeMesh.Cli.Output;

/// <summary>Compares two texts line by line, and shows the differences as diff -u does. Stateless.</summary>
internal static class UnifiedDiff
{
    private const int Around = 3;

    /// <summary>Beyond so many differences the shortest way from one text to the other is not worth its search.</summary>
    private const int MaxSteps = 2000;

    /// <summary>The hunks; nothing where the texts are equal.</summary>
    /// <param name="before">Null where there was nothing.</param>
    /// <param name="after">Null where there is nothing since.</param>
    /// <param name="title">What is compared.</param>
    /// <param name="palette">Colours of the lines.</param>
    public static string Of(string? before, string? after, string title, Palette palette)
    {
        var lines = Compare(Lines(before), Lines(after));
        if (lines.TrueForAll(line => line.Mark == ' '))
        {
            return "";
        }

        var text = new StringBuilder();
        Append(text, before is null ? "--- /dev/null" : $"--- {title}", Tone.Strong, palette);
        Append(text, after is null ? "+++ /dev/null" : $"+++ {title}", Tone.Strong, palette);
        foreach (var (start, end) in Hunks(lines))
        {
            var (oldStart, newStart) = (Count(lines, 0, start, '+'), Count(lines, 0, start, '-'));
            var (oldCount, newCount) = (Count(lines, start, end, '+'), Count(lines, start, end, '-'));
            Append(text, $"@@ -{Range(oldStart, oldCount)} +{Range(newStart, newCount)} @@", Tone.Faint, palette);
            foreach (var (mark, line) in lines[start..end])
            {
                Append(text, mark + line, mark switch { '-' => Tone.Bad, '+' => Tone.Good, _ => Tone.Plain }, palette);
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string line, Tone tone, Palette palette) => text.Append(palette.Paint(Printable.Of(line), tone)).Append('\n');

    private static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');

    /// <summary>As diff writes it: counted from 1, from the line before where there is none.</summary>
    private static string Range(int start, int count) => count == 1 ? $"{start + 1}" : $"{(count == 0 ? start : start + 1)},{count}";

    /// <summary>How many of these lines are in the text that has none with the mark.</summary>
    private static int Count(List<(char Mark, string Line)> lines, int start, int end, char mark) =>
        lines.GetRange(start, end - start).Count(line => line.Mark != mark);

    private static IEnumerable<(int Start, int End)> Hunks(List<(char Mark, string Line)> lines)
    {
        var (start, end) = (-1, -1);
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Mark == ' ')
            {
                continue;
            }

            if (start >= 0 && i - Around > end)
            {
                yield return (start, end);
                start = -1;
            }

            start = start < 0 ? Math.Max(i - Around, 0) : start;
            end = Math.Min(i + 1 + Around, lines.Count);
        }

        yield return (start, end);
    }

    private static List<(char Mark, string Line)> Compare(string[] before, string[] after)
    {
        var head = before.Zip(after).TakeWhile(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal)).Count();
        var most = Math.Min(before.Length, after.Length) - head;
        var tail = before.Reverse().Zip(after.Reverse()).Take(most).TakeWhile(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal)).Count();
        return
        [
            .. before[..head].Select(line => (' ', line)),
            .. ShortestWay(before[head..^tail], after[head..^tail]),
            .. before[^tail..].Select(line => (' ', line)),
        ];
    }

    /// <summary>The fewest deletions and insertions (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986).</summary>
    private static List<(char Mark, string Line)> ShortestWay(string[] before, string[] after)
    {
        var trace = new List<int[]>();
        for (var steps = 0; steps <= Math.Min(before.Length + after.Length, MaxSteps); steps++)
        {
            // furthest[steps + k] is how far in before the way on diagonal k leads.
            var last = steps == 0 ? [] : trace[^1];
            var furthest = new int[(2 * steps) + 1];
            trace.Add(furthest);
            for (var k = -steps; k <= steps; k += 2)
            {
                var x = steps == 0 ? 0 : Inserts(last, steps, k) ? At(last, steps - 1, k + 1) : At(last, steps - 1, k - 1) + 1;
                while (x < before.Length && x - k < after.Length && string.Equals(before[x], after[x - k], StringComparison.Ordinal))
                {
                    x++;
                }

                furthest[steps + k] = x;
                if (x >= before.Length && x - k >= after.Length)
                {
                    return WayBack(trace, before, after);
                }
            }
        }

        return [.. before.Select(line => ('-', line)), .. after.Select(line => ('+', line))];
    }

    private static int At(int[] furthest, int steps, int k) => furthest[steps + k];

    /// <summary>Whether the way to diagonal k comes down from the one above, by an insertion.</summary>
    private static bool Inserts(int[] last, int steps, int k) => k == -steps || (k != steps && At(last, steps - 1, k - 1) < At(last, steps - 1, k + 1));

    private static List<(char Mark, string Line)> WayBack(List<int[]> trace, string[] before, string[] after)
    {
        var lines = new List<(char, string)>();
        var (x, y) = (before.Length, after.Length);
        for (var steps = trace.Count - 1; steps >= 0; steps--)
        {
            var k = x - y;
            var inserts = steps > 0 && Inserts(trace[steps - 1], steps, k);
            var fromX = steps == 0 ? 0 : At(trace[steps - 1], steps - 1, inserts ? k + 1 : k - 1);
            var (startX, startY) = steps == 0 ? (0, 0) : inserts ? (fromX, fromX - k) : (fromX + 1, fromX + 1 - k);
            while (x > startX && y > startY)
            {
                lines.Add((' ', before[--x]));
                y--;
            }

            if (steps > 0)
            {
                lines.Add(inserts ? ('+', after[--y]) : ('-', before[--x]));
            }
        }

        lines.Reverse();
        return lines;
    }
}
