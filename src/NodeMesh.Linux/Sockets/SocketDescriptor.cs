using System.Runtime.InteropServices;

namespace NodeMesh.Linux.Sockets;

/// <summary>
/// A TCP socket by its descriptor: a value, not an owner. Whoever holds it closes it exactly once; on an event loop that is the connection.
/// Calls that take part in normal traffic return a count or the negated <see cref="Errno"/>; calls that must not fail throw.
/// Non-blocking and close-on-exec from birth.
/// </summary>
public readonly unsafe record struct SocketDescriptor(int Value)
{
    public static SocketDescriptor None => new(-1);

    public bool IsOpen => Value >= 0;

    /// <summary>Opens a TCP socket of the endpoint's family.</summary>
    /// <returns>The socket, or the negated error number in <see cref="Value"/> (EMFILE is traffic, not a bug).</returns>
    public static SocketDescriptor OpenTcp(bool ipv6)
    {
        var fd = LibC.socket(ipv6 ? LibC.AF_INET6 : LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0);
        return new SocketDescriptor(fd >= 0 ? fd : -Marshal.GetLastPInvokeError());
    }

    /// <summary>Receives into <paramref name="buffer"/>: the count, 0 at end of stream, or the negated error number.</summary>
    public int Receive(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint received;
            do
            {
                received = LibC.recv(Value, start, (nuint)buffer.Length, 0);
            }
            while (received < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return received >= 0 ? (int)received : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends from <paramref name="buffer"/>: the count, or the negated error number. Never raises SIGPIPE.</summary>
    public int Send(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            nint sent;
            do
            {
                sent = LibC.send(Value, start, (nuint)buffer.Length, LibC.MSG_NOSIGNAL);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return sent >= 0 ? (int)sent : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Sends several pinned pieces with one call. At most <see cref="GatherList.Capacity"/> of them.</summary>
    public int Send(ref GatherList pieces)
    {
        fixed (GatherList* list = &pieces)
        {
            var message = new LibC.msghdr { msg_iov = list->Vectors, msg_iovlen = (nuint)list->Count };
            nint sent;
            do
            {
                sent = LibC.sendmsg(Value, &message, LibC.MSG_NOSIGNAL);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            return sent >= 0 ? (int)sent : -Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Begins to connect: 0 when already connected, -EINPROGRESS while under way, or the negated error number.</summary>
    public int Connect(IpEndpoint endpoint, bool asIPv6 = false)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(endpoint, new Span<byte>(address, SocketAddress.MaxSize), asIPv6);
        if (LibC.connect(Value, address, length) == 0)
        {
            return 0;
        }

        // An interrupted connect goes on in the background (connect(2)): it is finished by readiness, like any other.
        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.EINTR ? -Errno.EINPROGRESS : -errno;
    }

    /// <summary>Binds; 0 or the negated error number.</summary>
    public int Bind(IpEndpoint endpoint, bool asIPv6 = false)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(endpoint, new Span<byte>(address, SocketAddress.MaxSize), asIPv6);
        return LibC.bind(Value, address, length) == 0 ? 0 : -Marshal.GetLastPInvokeError();
    }

    public void Listen(int backlog)
    {
        if (LibC.listen(Value, backlog) != 0)
        {
            throw new LinuxException("listen", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Takes one waiting connection: its descriptor, or the negated error number (-EAGAIN when none waits).</summary>
    public SocketDescriptor Accept(out IpEndpoint peer)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        int fd;
        uint length;
        do
        {
            length = SocketAddress.MaxSize;
            fd = LibC.accept4(Value, address, &length, LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC);
        }
        while (fd < 0 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        if (fd < 0)
        {
            peer = default;
            return new SocketDescriptor(-Marshal.GetLastPInvokeError());
        }

        SocketAddress.TryRead(new ReadOnlySpan<byte>(address, (int)length), out peer);
        return new SocketDescriptor(fd);
    }

    /// <summary>Ends our half of the stream (FIN).</summary>
    public void ShutdownSend() => _ = LibC.shutdown(Value, LibC.SHUT_WR);

    /// <summary>Closes. EINTR is not retried: on Linux the descriptor is gone all the same (close(2)).</summary>
    public void Close() => _ = LibC.close(Value);

    /// <summary>Closes with a reset instead of an orderly end, so that the peer never takes a cut stream for a whole one.</summary>
    public void CloseWithReset()
    {
        var linger = new LibC.linger { l_onoff = 1, l_linger = 0 };
        _ = LibC.setsockopt(Value, LibC.SOL_SOCKET, LibC.SO_LINGER, &linger, (uint)sizeof(LibC.linger));
        Close();
    }

    public IpEndpoint LocalEndpoint
    {
        get
        {
            var address = stackalloc byte[SocketAddress.MaxSize];
            uint length = SocketAddress.MaxSize;
            return LibC.getsockname(Value, address, &length) == 0
                && SocketAddress.TryRead(new ReadOnlySpan<byte>(address, (int)length), out var endpoint) ? endpoint : default;
        }
    }

    public IpEndpoint PeerEndpoint
    {
        get
        {
            var address = stackalloc byte[SocketAddress.MaxSize];
            uint length = SocketAddress.MaxSize;
            return LibC.getpeername(Value, address, &length) == 0
                && SocketAddress.TryRead(new ReadOnlySpan<byte>(address, (int)length), out var endpoint) ? endpoint : default;
        }
    }

    /// <summary>
    /// Where a redirected connection was going before iptables' REDIRECT (SO_ORIGINAL_DST, IP6T_SO_ORIGINAL_DST). False when it was not redirected.
    /// </summary>
    /// <param name="peerIsIPv4">Whether the client speaks IPv4, also on a dual-stack socket.</param>
    public bool TryGetOriginalDestination(bool peerIsIPv4, out IpEndpoint destination)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        uint length = SocketAddress.MaxSize;
        var result = peerIsIPv4
            ? LibC.getsockopt(Value, LibC.SOL_IP, LibC.SO_ORIGINAL_DST, address, &length)
            : LibC.getsockopt(Value, LibC.SOL_IPV6, LibC.IP6T_SO_ORIGINAL_DST, address, &length);
        destination = default;
        return result == 0 && SocketAddress.TryRead(new ReadOnlySpan<byte>(address, (int)length), out destination);
    }

    /// <summary>Takes the pending error (SO_ERROR): 0 or a positive error number.</summary>
    public int TakeError() => GetOption(LibC.SOL_SOCKET, LibC.SO_ERROR);

    public void SetNoDelay() => SetOption(LibC.SOL_TCP, LibC.TCP_NODELAY, 1, "TCP_NODELAY");

    public void SetReuseAddress() => SetOption(LibC.SOL_SOCKET, LibC.SO_REUSEADDR, 1, "SO_REUSEADDR");

    public void SetReusePort() => SetOption(LibC.SOL_SOCKET, LibC.SO_REUSEPORT, 1, "SO_REUSEPORT");

    /// <summary>The firewall mark by which our own traffic is left alone (CAP_NET_RAW or CAP_NET_ADMIN).</summary>
    public void SetMark(uint mark) => SetOption(LibC.SOL_SOCKET, LibC.SO_MARK, (int)mark, "SO_MARK");

    public void SetIPv6Only(bool only) => SetOption(LibC.SOL_IPV6, LibC.IPV6_V6ONLY, only ? 1 : 0, "IPV6_V6ONLY");

    /// <summary>Lets the socket bind an address that is not ours (CAP_NET_RAW or CAP_NET_ADMIN).</summary>
    public void SetTransparent(bool ipv6) => SetOption(
        ipv6 ? LibC.SOL_IPV6 : LibC.SOL_IP,
        ipv6 ? LibC.IPV6_TRANSPARENT : LibC.IP_TRANSPARENT,
        1,
        "IP_TRANSPARENT");

    /// <summary>Lets the kernel choose the source port at connect, so that one address serves more than 28,000 connections.</summary>
    public void SetBindAddressNoPort() => SetOption(LibC.SOL_IP, LibC.IP_BIND_ADDRESS_NO_PORT, 1, "IP_BIND_ADDRESS_NO_PORT");

    /// <summary>How long sent data may stay unacknowledged before the connection is given up (RFC 5482).</summary>
    public void SetUserTimeout(TimeSpan timeout) =>
        SetOption(LibC.SOL_TCP, LibC.TCP_USER_TIMEOUT, (int)timeout.TotalMilliseconds, "TCP_USER_TIMEOUT");

    public void SetKeepAlive(TimeSpan idle, TimeSpan interval, int probes)
    {
        SetOption(LibC.SOL_SOCKET, LibC.SO_KEEPALIVE, 1, "SO_KEEPALIVE");
        SetOption(LibC.SOL_TCP, LibC.TCP_KEEPIDLE, (int)idle.TotalSeconds, "TCP_KEEPIDLE");
        SetOption(LibC.SOL_TCP, LibC.TCP_KEEPINTVL, (int)interval.TotalSeconds, "TCP_KEEPINTVL");
        SetOption(LibC.SOL_TCP, LibC.TCP_KEEPCNT, probes, "TCP_KEEPCNT");
    }

    /// <summary>Kernel buffer sizes in bytes; tests use small ones to meet backpressure early.</summary>
    public void SetBufferSizes(int receive, int send)
    {
        SetOption(LibC.SOL_SOCKET, LibC.SO_RCVBUF, receive, "SO_RCVBUF");
        SetOption(LibC.SOL_SOCKET, LibC.SO_SNDBUF, send, "SO_SNDBUF");
    }

    private int GetOption(int level, int option)
    {
        int value = 0;
        uint length = sizeof(int);
        return LibC.getsockopt(Value, level, option, &value, &length) == 0 ? value : Marshal.GetLastPInvokeError();
    }

    private void SetOption(int level, int option, int value, string name)
    {
        if (LibC.setsockopt(Value, level, option, &value, sizeof(int)) != 0)
        {
            throw new LinuxException($"setsockopt {name}", Marshal.GetLastPInvokeError());
        }
    }
}
