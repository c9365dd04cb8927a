using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A Redis of the test's own, on loopback and with a password. It keeps nothing on disk.</summary>
public sealed class RedisServer : IAsyncLifetime
{
    private const string Program = "/usr/bin/redis-server";
    private readonly string folder = Workspace.NewFolder("redis");
    private readonly NeededParts needs = new();
    private ServerProcess? process;

    public int Port { get; } = Workspace.FreePort();

    public string Password { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Holds the password.</summary>
    public string PasswordFile => Path.Combine(folder, "password");

    /// <summary>Without the password.</summary>
    public string ConnectionString => $"127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}";

    public async ValueTask InitializeAsync()
    {
        needs.Executable("redis-server", Program);
        if (!needs.Complete)
            return;
        await File.WriteAllTextAsync(PasswordFile, Password);
        await StartAsync();
    }

    /// <summary>Starts it (again) on the same port.</summary>
    public async Task StartAsync()
    {
        needs.Check();
        if (process is not null)
            await process.DisposeAsync();
        var settings = Path.Combine(folder, "redis.conf");
        await File.WriteAllTextAsync(
            settings,
            string.Create(
                CultureInfo.InvariantCulture,
                $"bind 127.0.0.1\nport {Port}\nrequirepass {Password}\nsave \"\"\nappendonly no\ndir {folder}\n"
            )
        );
        process = ServerProcess.Start("redis", Program, [settings], folder: folder);
        await process.ReadyAsync(async token =>
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync("127.0.0.1", Port, token);
            return true;
        });
    }

    /// <summary>Ends it: connections are cut.</summary>
    public Task StopAsync() => process!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
