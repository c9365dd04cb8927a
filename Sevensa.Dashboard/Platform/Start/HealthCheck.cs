using System.CommandLine;

namespace Sevensa.Dashboard.Platform.Start;

/// <summary>The command <c>healthcheck --url U</c>: exit code 0 when the program there answers. For images without a shell.</summary>
public static class HealthCheck
{
    private static readonly Option<string?> Url = CommandLines.Valued("--url", "URL", "Where the program listens.");

    public static Command Command { get; } = Describe();

    private static Command Describe()
    {
        var command = new Command(
            "healthcheck",
            "Asks a program of ours whether it answers; for images without a shell."
        )
        {
            Url,
        };
        command.SetAction((line, cancellation) => AskAsync(line.ValueOf(Url), cancellation));
        return command;
    }

    private static async Task<int> AskAsync(string? url, CancellationToken cancellation)
    {
        if (!Uri.TryCreate(url ?? "http://127.0.0.1:8080/healthz", UriKind.Absolute, out var address))
        {
            await Console.Error.WriteLineAsync(
                $"healthcheck: \"{url}\" is not an address. Usage: healthcheck --url http://127.0.0.1:8080/healthz"
            );
            return 1;
        }
        if (address.AbsolutePath == "/")
        {
            address = new Uri(address, "/healthz");
        }
        try
        {
            using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            using var answer = await client.GetAsync(address, cancellation);
            if (answer.IsSuccessStatusCode)
            {
                return 0;
            }
            await Console.Error.WriteLineAsync($"healthcheck: {address} answered {(int)answer.StatusCode}");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"healthcheck: {address} does not answer: {exception.Message}");
        }
        return 1;
    }
}
