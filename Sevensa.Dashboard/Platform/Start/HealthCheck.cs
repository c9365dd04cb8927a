namespace Sevensa.Dashboard.Platform.Start;

/// <summary>The command <c>healthcheck --url U</c>: exit code 0 when the program there answers. For images without a shell.</summary>
public static class HealthCheck
{
    public static async Task<int> RunAsync(string[] args)
    {
        var url = args.FirstOrDefault(argument => argument.StartsWith("--url=", StringComparison.Ordinal))?[6..];
        if (url is null && Array.IndexOf(args, "--url") is >= 0 and var at && at + 1 < args.Length)
        {
            url = args[at + 1];
        }
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
            using var answer = await client.GetAsync(address);
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
