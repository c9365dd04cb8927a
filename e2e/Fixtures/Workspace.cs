using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Where the tests find the product and leave their traces.</summary>
public static class Workspace
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private static readonly HashSet<int> handedOut = [];
    private static readonly Lock gate = new();

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Screenshots, traces and the output of every process that a test started.</summary>
    public static string Artifacts { get; } =
        Directory.CreateDirectory(Path.Combine(Root, "artifacts", "e2e")).FullName;

    /// <summary>The program as the same build made it.</summary>
    public static string DashboardAssembly { get; } =
        Path.Combine(Root, "Sevensa.Dashboard", "bin", Configuration, "net10.0", "Sevensa.Dashboard.dll");

    /// <summary>A new folder below the system's temporary folder; short, since it holds Unix sockets.</summary>
    public static string NewFolder(string name)
    {
        var folder = Directory.CreateTempSubdirectory($"sev-{name}-").FullName;
        File.SetUnixFileMode(
            folder,
            UnixFileMode.UserRead
                | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute
                | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute
                | UnixFileMode.OtherRead
                | UnixFileMode.OtherExecute
        );
        return folder;
    }

    /// <summary>A loopback port that nobody listens on, never the same one twice in a run.</summary>
    public static int FreePort()
    {
        while (true)
        {
            // Below the range from which the system serves outgoing connections, which would take it before it is used.
            var port = Random.Shared.Next(15_000, 32_000);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
            }
            catch (SocketException)
            {
                continue;
            }
            lock (gate)
            {
                if (handedOut.Add(port))
                    return port;
            }
        }
    }

    /// <summary>Whether this process may do what only root may.</summary>
    public static bool IsRoot => Environment.UserName == "root";

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No Sevensa.Dashboard.sln above {AppContext.BaseDirectory}");
    }
}

/// <summary>What the C library offers and the framework does not.</summary>
internal static class Posix
{
    internal const int SigInt = 2;
    internal const int SigKill = 9;
    internal const int SigTerm = 15;
    internal const int SigStop = 19;
    internal const int SigContinue = 18;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    internal static extern int Kill(int process, int signal);
}
