namespace NodeMesh.Proxy.Tests.Requests;

/// <summary>Responses that end before their requests do.</summary>
public sealed class Http2ResponseTests
{
    private const int Length = 1000;

    [Fact]
    public async Task A_response_that_was_received_whole_is_delivered_whole_though_its_stream_was_reset_behind_it()
    {
        await using var pair = await HttpPair.StartRawAsync();
        using var client = await Http2Frame.DialAsync(pair);

        // No credit for a body (SETTINGS_INITIAL_WINDOW_SIZE 0), and a request that does not end.
        await Http2Frame.SendAsync(
            client,
            Http2Frame.Of(Http2Frame.Settings, 0, 0, 0, 4, 0, 0, 0, 0),
            Http2Frame.Of(Http2Frame.Headers, Http2Frame.EndHeaders, 1, Http2Frame.Post));
        using var server = await pair.AcceptRequestAsync();
        await server.SendTextAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Length}\r\n\r\n{new string('x', Length)}");
        Assert.Equal("200", (await Http2Frame.ReceiveAsync(client, Http2Frame.Headers)).Status);
        await Until.TrueAsync(
            () => pair.Mesh.Server.Metric("nodemesh_mesh_link_streams_open") == 0 && pair.Mesh.Caller.Metric("nodemesh_mesh_link_streams_open") == 0,
            "the server's daemon has sent all and reset the stream");

        await Http2Frame.SendAsync(client, Http2Frame.Of(8, 0, 1, 0, 0, 255, 255));
        var received = 0;
        Http2Frame frame;
        do
        {
            frame = await Http2Frame.ReceiveAsync(client, Http2Frame.Data, Http2Frame.Reset);
            Assert.Equal(Http2Frame.Data, frame.Type);
            received += frame.Payload.Length;
        }
        while ((frame.Flags & Http2Frame.EndStream) == 0);

        Assert.Equal(Length, received);
        client.Close();
        server.Close();
        await pair.AssertNothingIsLeftAsync();
    }
}
