namespace NodeMesh.Resources.Checking;

/// <summary>What is claimed.</summary>
internal enum ClaimKind
{
    /// <summary>An address of a node with its mesh port. One node has it.</summary>
    MeshAddress,

    /// <summary>An address of a node.</summary>
    NodeAddress,

    /// <summary>A workload's place.</summary>
    OnNode,

    /// <summary>The processes of a workload on its node. One workload has them.</summary>
    Processes,

    /// <summary>A port and address on a node. One workload has it.</summary>
    ListeningPort,

    /// <summary>A label of a workload, in its namespace and everywhere.</summary>
    Label,

    /// <summary>The first label that a service or policy selects workloads by.</summary>
    Selection,

    /// <summary>A virtual address that a service is given. One service has it.</summary>
    GivenVip,

    /// <summary>A further name of a service. It leads to one service.</summary>
    Hostname,

    /// <summary>A name outside the mesh.</summary>
    EntryHost,

    /// <summary>A port of a name outside the mesh. One entry has it.</summary>
    EntryPort,

    /// <summary>What holds for a whole namespace. One resource says it.</summary>
    NamespaceWide,
}
