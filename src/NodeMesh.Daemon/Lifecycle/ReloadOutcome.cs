using NodeMesh.Daemon.Configuration;
using NodeMesh.Daemon.Identities;
using NodeMesh.Daemon.Options;

namespace NodeMesh.Daemon.Lifecycle;

/// <summary>What was found and is in force after a reload.</summary>
internal sealed record ReloadOutcome(SettingsVerdict Settings, IdentityState Identities, ConfigurationLoad Configuration);
