namespace NodeMesh.Resources.Schema;

/// <summary>Schemas of closed sets of words.</summary>
internal static class Choice
{
    /// <summary>One of the words; an error lists them all and names the one that was probably meant.</summary>
    public static ScalarSchema<T> Of<T>(params (string Word, T Value)[] words)
        where T : struct, Enum => Of(words, refused: []);

    /// <summary>As above, with words that are known from elsewhere but not taken, and why.</summary>
    public static ScalarSchema<T> Of<T>((string Word, T Value)[] words, (string Word, string Why)[] refused)
        where T : struct, Enum
    {
        bool TryParse(string text, out T value, out string? problem)
        {
            foreach (var (word, meaning) in words)
            {
                if (string.Equals(word, text, StringComparison.Ordinal))
                {
                    (value, problem) = (meaning, null);
                    return true;
                }
            }

            foreach (var (word, why) in refused)
            {
                if (string.Equals(word, text, StringComparison.Ordinal))
                {
                    (value, problem) = (default, why);
                    return false;
                }
            }

            (value, problem) = (default, $"no such value; {Suggestion.For(text, words.Select(w => w.Word))}");
            return false;
        }

        return new ScalarSchema<T>(
            ScalarForm.Text,
            $"one of {string.Join(", ", words.Select(w => w.Word))}",
            TryParse,
            value => words.First(w => EqualityComparer<T>.Default.Equals(w.Value, value)).Word);
    }
}
