using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace NodeMesh.Daemon.Admin;

/// <summary>A request as the handlers see it: its parameters and body, checked.</summary>
internal sealed class AdminRequest(HttpContext context, AdminPeer peer)
{
    public AdminPeer Peer => peer;

    /// <summary>The parameter, or null when it is not given.</summary>
    /// <exception cref="AdminException">It is given twice.</exception>
    public string? Find(string name)
    {
        var values = context.Request.Query[name];
        return values.Count > 1
            ? throw new AdminException(StatusCodes.Status400BadRequest, $"the parameter {name} is given {values.Count} times; give it once")
            : values is [{ Length: > 0 } value] ? value : null;
    }

    /// <summary>Every value of a parameter that may be given more than once.</summary>
    public IReadOnlyList<string> FindAll(string name) => [.. context.Request.Query[name].OfType<string>()];

    /// <exception cref="AdminException">It is missing.</exception>
    public string Get(string name, string expected) =>
        Find(name) ?? throw new AdminException(StatusCodes.Status400BadRequest, $"the parameter {name} is missing: {expected}");

    /// <exception cref="AdminException">It is no number within the bounds.</exception>
    public int? FindNumber(string name, int least, int most) => Find(name) switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most => number,
        var text => throw new AdminException(StatusCodes.Status400BadRequest, $"the parameter {name} is \"{text}\": a whole number from {least} to {most} is expected"),
    };

    /// <summary>Refuses parameters that the route does not have: a mistyped filter must not look like one that matched everything.</summary>
    /// <exception cref="AdminException">There is one.</exception>
    public void AllowOnly(IReadOnlyList<string> names)
    {
        foreach (var name in context.Request.Query.Keys)
        {
            if (!names.Contains(name, StringComparer.Ordinal))
            {
                var known = names.Count == 0 ? "it has none" : $"known are {string.Join(", ", names)}";
                throw new AdminException(StatusCodes.Status400BadRequest, $"\"{name}\" is no parameter of {context.Request.Path}; {known}");
            }
        }
    }

    /// <exception cref="AdminException">The body is not what is expected.</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type, string expected)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new AdminException(StatusCodes.Status400BadRequest, $"the body is null; expected is {expected}");
        }
        catch (JsonException e)
        {
            throw new AdminException(StatusCodes.Status400BadRequest, $"the body is not right ({e.Message}); expected is {expected}");
        }
    }
}
