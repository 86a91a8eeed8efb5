namespace NodeMesh.Resources.Loading;

/// <summary>Settings or flags of a program are wrong. The message says what, where, and what would be right; several lines when several are.</summary>
public sealed class SettingsException(string message) : Exception(message);
