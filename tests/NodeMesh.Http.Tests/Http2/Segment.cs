using System.Buffers;

namespace NodeMesh.Http.Tests.Http2;

/// <summary>Cuts bytes into a sequence of segments.</summary>
internal sealed class Segment : ReadOnlySequenceSegment<byte>
{
    private Segment(ReadOnlyMemory<byte> memory, long runningIndex)
    {
        Memory = memory;
        RunningIndex = runningIndex;
    }

    /// <summary>Cuts at the given places, which ascend; equal ones give empty segments.</summary>
    public static ReadOnlySequence<byte> Split(byte[] bytes, IReadOnlyList<int> places)
    {
        Segment? first = null;
        Segment? last = null;
        int start = 0;
        foreach (int end in places.Append(bytes.Length))
        {
            var next = new Segment(bytes.AsMemory(start..end), start);
            if (last is not null)
            {
                last.Next = next;
            }
            first ??= next;
            last = next;
            start = end;
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }
}
