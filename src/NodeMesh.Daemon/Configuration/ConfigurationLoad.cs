namespace NodeMesh.Daemon.Configuration;

/// <summary>The outcome of one look at the resource files.</summary>
/// <param name="State">What holds afterwards.</param>
/// <param name="Changed">True when another configuration is in force than before.</param>
internal sealed record ConfigurationLoad(ConfigurationState State, bool Changed);
