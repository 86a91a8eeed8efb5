using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using NodeMesh.Resources.Problems;

namespace NodeMesh.Controller.Api;

/// <summary>A request as the handlers see it: its parameters and body, checked.</summary>
internal sealed class ApiRequest(HttpContext context)
{
    public HttpContext Context => context;

    /// <summary>A part of the path.</summary>
    public string Part(string name) => (string)context.Request.RouteValues[name]!;

    /// <exception cref="ApiException">It is no number.</exception>
    public long NumberPart(string name) => long.TryParse(Part(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new ApiException(StatusCodes.Status400BadRequest, $"\"{Part(name)}\" is no number");

    /// <summary>The parameter, or null when it is not given.</summary>
    /// <exception cref="ApiException">It is given twice.</exception>
    public string? Find(string name)
    {
        var values = context.Request.Query[name];
        return values.Count > 1
            ? throw new ApiException(StatusCodes.Status400BadRequest, $"the parameter {name} is given {values.Count} times; give it once")
            : values is [{ Length: > 0 } value] ? value : null;
    }

    /// <exception cref="ApiException">It is no number within the bounds.</exception>
    public long? FindNumber(string name, long least, long most) => Find(name) switch
    {
        null => null,
        var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most => number,
        var text => throw new ApiException(StatusCodes.Status400BadRequest, $"the parameter {name} is \"{text}\": a whole number from {least} to {most} is expected"),
    };

    /// <exception cref="ApiException">It is neither true nor false.</exception>
    public bool IsSet(string name) => Find(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw new ApiException(StatusCodes.Status400BadRequest, $"the parameter {name} is \"{text}\": true or false is expected"),
    };

    /// <summary>Refuses parameters that the route does not have: a mistyped filter must not look like one that matched everything.</summary>
    /// <exception cref="ApiException">There is one.</exception>
    public void AllowOnly(IReadOnlyList<ApiParameter> parameters)
    {
        foreach (var name in context.Request.Query.Keys)
        {
            if (!parameters.Any(parameter => string.Equals(parameter.Name, name, StringComparison.Ordinal)))
            {
                var known = parameters.Count == 0 ? "it has none" : $"known are {string.Join(", ", parameters.Select(parameter => parameter.Name))}";
                throw new ApiException(StatusCodes.Status400BadRequest, $"\"{name}\" is no parameter of {context.Request.Path}; {known}");
            }
        }
    }

    /// <exception cref="ApiException">The body is not what is expected.</exception>
    public async Task<T> ReadAsync<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
                ?? throw new ApiException(StatusCodes.Status400BadRequest, "the body is null; see docs/controller.md");
        }
        catch (JsonException e)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, $"the body is not right: {e.Message} See docs/controller.md");
        }
    }

    public async Task AnswerAsync<T>(T message, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        await AnswerAsync(JsonSerializer.SerializeToUtf8Bytes(message, type), message is ProblemMessage ? "application/problem+json" : "application/json");
    }

    public async Task AnswerAsync(byte[] body, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
