using System.Text;

namespace NodeMesh.EndToEnd.Tests.Harness;

/// <summary>Reads one output stream of a process to its end, and wakes whoever waits for a line of it.</summary>
internal sealed class OutputCollector
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ended;

    public OutputCollector(StreamReader reader) => Completion = Task.Run(() => ReadAsync(reader));

    /// <summary>Ends when every process that holds the stream has closed it.</summary>
    public Task Completion { get; }

    public string Text
    {
        get
        {
            lock (_lock)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>The first complete line from the given position on that satisfies the condition, and the position behind it.</summary>
    /// <returns>Null when the stream ended without one.</returns>
    public async Task<(string Line, int Next)?> FindLineAsync(Func<string, bool> condition, int from, CancellationToken cancel)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                var text = _text.ToString();
                for (var end = text.IndexOf('\n', from); end >= 0; end = text.IndexOf('\n', from))
                {
                    var line = text[from..end];
                    from = end + 1;
                    if (condition(line))
                    {
                        return (line, from);
                    }
                }

                if (_ended)
                {
                    return null;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancel);
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        var buffer = new char[4096];
        int read;
        do
        {
            read = await reader.ReadAsync(buffer);
            TaskCompletionSource changed;
            lock (_lock)
            {
                _text.Append(buffer, 0, read);
                _ended = read == 0;
                changed = _changed;
                _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }
        while (read > 0);
    }
}
