using System.Text;
using NodeMesh.Http.Headers;
using NodeMesh.Http.Http1;

namespace NodeMesh.Http.Tests.Http1;

/// <summary>Writes down what an engine reports, one line per event (consecutive data joined), and lets a test react.</summary>
internal sealed class Recorder : IHttp1ConnectionHandler
{
    private bool _inData;

    public List<string> Events { get; } = [];

    public Http1Error? Error { get; private set; }

    /// <summary>How many bytes the handler still takes.</summary>
    public int Appetite { get; set; } = int.MaxValue;

    public Action<HeaderList, bool>? Headers { get; set; }

    public Action<byte[], bool>? Data { get; set; }

    public Action<HeaderList>? Trailers { get; set; }

    public void OnHeaders(HeaderList headers, bool endStream)
    {
        Add($"headers{End(endStream)} {Describe(headers)}");
        Headers?.Invoke(headers, endStream);
    }

    public void OnInformational(HeaderList headers) => Add($"informational {Describe(headers)}");

    public int OnData(ReadOnlySpan<byte> data, bool endStream)
    {
        int taken = Math.Min(data.Length, Appetite);
        Appetite -= Appetite == int.MaxValue ? 0 : taken;
        bool ends = endStream && taken == data.Length;
        string text = Encoding.Latin1.GetString(data[..taken]);
        if (_inData)
        {
            Events[^1] += text + End(ends);
        }
        else if (taken > 0 || ends)
        {
            Add("data " + text + End(ends));
            _inData = true;
        }
        Data?.Invoke(data[..taken].ToArray(), ends);
        return taken;
    }

    public void OnTrailers(HeaderList trailers)
    {
        Add($"trailers {Describe(trailers)}");
        Trailers?.Invoke(trailers);
    }

    public void OnError(Http1Error error)
    {
        Assert.Null(Error);
        Error = error;
        Add($"error {error.Kind} {error.Status} {error.Smuggling}: {error.Reason}");
    }

    public static string Describe(HeaderList headers)
    {
        var text = new StringBuilder();
        foreach (HeaderField field in headers)
        {
            text.Append(text.Length == 0 ? "" : "; ").Append(field.ToString());
        }
        return text.ToString();
    }

    private static string End(bool endStream) => endStream ? " end" : "";

    private void Add(string line)
    {
        Events.Add(line);
        _inData = false;
    }
}
