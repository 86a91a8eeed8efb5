namespace NodeMesh.Controller.Options;

/// <summary>What an operator may do; each role may do what those before it may.</summary>
internal enum OperatorRole
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Change resources.</summary>
    Operator,

    /// <summary>Let nodes in, cut them off, rotate the authority.</summary>
    Admin,
}
