using System.Globalization;

namespace NodeMesh.Resources;

/// <summary>A port by number, or by the name a workload gives it. Exactly one of the two is set.</summary>
public readonly record struct PortReference
{
    public PortReference(ushort number) => Number = number;

    public PortReference(string name) => Name = name;

    /// <summary>The number, or 0 when the port is named.</summary>
    public ushort Number { get; }

    public string? Name { get; }

    public override string ToString() => Name ?? Number.ToString(CultureInfo.InvariantCulture);
}
