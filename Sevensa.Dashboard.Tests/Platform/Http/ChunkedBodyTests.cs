using System.Net;
using System.Net.Sockets;
using System.Text;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>A body without a length is read to its end before it is refused, so that whoever passes it on gets the answer.</summary>
[Collection(SandboxCollection.Name)]
public class ChunkedBodyTests(SandboxApp app)
{
    [Fact]
    public async Task A_report_that_turns_out_to_be_too_large_is_taken_to_its_end_and_answered_with_413()
    {
        var token = await app.GetTokenAsync("admin");
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, app.Address.Port);
        await using var line = client.GetStream();
        await line.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /api/v1/scans?image=a:1&format=trivy HTTP/1.1\r\nHost: {app.Address.Authority}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
        );
        var chunk = new byte[1024 * 1024];
        Array.Fill(chunk, (byte)' ');
        // As a proxy does: everything is sent, without a look at what comes meanwhile. A closed line would fail this.
        for (var megabyte = 0; megabyte < 64; megabyte++)
        {
            await line.WriteAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n"));
            await line.WriteAsync(chunk);
            await line.WriteAsync("\r\n"u8.ToArray());
        }
        await line.WriteAsync("0\r\n\r\n"u8.ToArray());
        using var reader = new StreamReader(line);
        Assert.StartsWith("HTTP/1.1 413", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }
}
