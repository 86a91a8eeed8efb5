namespace NodeMesh.Resources.Schema;

/// <summary>Reads a scalar's text. On failure <paramref name="problem"/> may say more than that the text is not what is expected.</summary>
internal delegate bool ScalarParser<T>(string text, out T value, out string? problem);
