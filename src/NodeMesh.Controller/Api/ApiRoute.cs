using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using NodeMesh.Controller.Options;

namespace NodeMesh.Controller.Api;

/// <summary>
/// A request that is answered, and all that the OpenAPI document says of it: what is not declared here is neither served nor documented. Immutable.
/// </summary>
internal sealed record ApiRoute
{
    /// <summary>A signing request of 16 KiB in JSON, and some room. Whoever may not ask for more, strangers above all, takes no more memory than this.</summary>
    private const int SmallBodyBytes = 64 * 1024;

    private ApiRoute(string method, string pattern, string summary, OperatorRole? role, Func<ApiRequest, Caller?, Task> handle) =>
        (Method, Pattern, Summary, Role, HandleAsync) = (method, pattern, summary, role, handle);

    public string Method { get; }

    /// <summary>The path, its parts that vary in braces.</summary>
    public string Pattern { get; }

    /// <summary>What it does, in a sentence.</summary>
    public string Summary { get; }

    /// <summary>The least role that may ask; null where operators are not meant.</summary>
    public OperatorRole? Role { get; }

    /// <summary>The caller is null where operators are not meant.</summary>
    public Func<ApiRequest, Caller?, Task> HandleAsync { get; }

    /// <summary>Whether a node asks, and proves to be it by its certificate.</summary>
    public bool IsForNodes { get; private init; }

    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>The form of the body; null for none.</summary>
    public JsonTypeInfo? Body { get; init; }

    /// <summary>A longer body is refused, and not read.</summary>
    public int MaxBodyBytes { get; init; } = SmallBodyBytes;

    /// <summary>The form of the answer; null for none, or one that has no form of ours.</summary>
    public JsonTypeInfo? Answer { get; init; }

    /// <summary>What else may be answered, where that is asked for: its media type, and the form of each line.</summary>
    public (string MediaType, JsonTypeInfo Form)? LineType { get; init; }

    /// <summary>The status of success.</summary>
    public int Status { get; init; } = StatusCodes.Status200OK;

    /// <summary>A route for operators of at least this role.</summary>
    public static ApiRoute ForOperators(string method, string pattern, OperatorRole role, string summary, Func<ApiRequest, Caller, Task> handle) =>
        new(method, pattern, summary, role, (request, caller) => handle(request, caller!));

    /// <summary>A route for nodes that have joined.</summary>
    public static ApiRoute ForNodes(string method, string pattern, string summary, Func<ApiRequest, Task> handle) =>
        new(method, pattern, summary, null, (request, _) => handle(request)) { IsForNodes = true };

    /// <summary>A route for whoever comes.</summary>
    public static ApiRoute ForAnybody(string method, string pattern, string summary, Func<ApiRequest, Task> handle) =>
        new(method, pattern, summary, null, (request, _) => handle(request));
}
