namespace NodeMesh.Resources.Loading;

/// <summary>Settings or flags of a program are wrong. The message says what, where, and what would be right; several lines when several are.</summary>
public sealed class SettingsException : Exception
{
    public SettingsException(string message)
        : base(message)
    {
    }

    /// <param name="issues">What is wrong in a file.</param>
    public SettingsException(IReadOnlyList<ResourceIssue> issues)
        : base(string.Join('\n', issues)) =>
        Issues = issues;

    /// <summary>What is wrong in the file, one by one; empty where it is not a file that is wrong.</summary>
    public IReadOnlyList<ResourceIssue> Issues { get; } = [];
}
