using System.Collections.Concurrent;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Secrets;

/// <summary>
/// Keeps the files of this host's secrets as Vault has them: looked at every few seconds, and right before a container that has
/// them is started. Who is restarted is for plans that were approved; who only wants a signal is sent it here.
/// </summary>
internal sealed class SecretFiles(
    SecretSettings settings,
    HostVault vault,
    SecretFolder folder,
    HostBook book,
    IDockerEngine engine,
    IDockerWorks works,
    TimeProvider time,
    ILogger log
) : IHandedFiles, IDisposable
{
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    /// <summary>So long a standby of Vault's may still show the version before.</summary>
    public static readonly TimeSpan StandbyLag = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim turn = new(1);
    private readonly Dictionary<HandedSecret, int> handed = [];
    private readonly ConcurrentDictionary<HandedSecret, bool> untold = new();
    private readonly Dictionary<HandedSecret, string> troubles = [];

    public void Dispose() => turn.Dispose();

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                foreach (var secret in settings.Secrets)
                {
                    await LookAsync(secret, cancellation);
                }
                await Task.Delay(LookEvery, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The runner ends; the files stay for whoever is restarted meanwhile.
        }
    }

    /// <summary>Brings what a container has mounted up to date before it is started.</summary>
    /// <exception cref="StepException">One of its secrets can't be had: it would start with a value that may be wrong.</exception>
    public async Task BringAsync(string containerId, CancellationToken cancellation)
    {
        if (await engine.InspectAsync(containerId, cancellation) is not { } facts)
        {
            return;
        }
        // One that was only just made has a name that nobody knows.
        var left = SetAside.Is(facts) ? "The new container was not started" : $"{facts.Name} was left as it is";
        foreach (var secret in settings.Secrets.Where(secret => Has(facts, secret)))
        {
            await PutNewestAsync(secret, $"{left}, since its files of {secret.Full} may be out of date", cancellation);
        }
    }

    public string? FolderOf(string tenant, string path) => Find(tenant, path) is { } secret ? folder.Of(secret) : null;

    public async Task<string?> ReadAsync(string tenant, string path, string key, CancellationToken cancellation)
    {
        if (Find(tenant, path) is not { } secret || !SecretMounts.IsPlain(key))
        {
            return null;
        }
        await PutNewestAsync(secret, $"The files of {secret.Full} can't be brought up to date", cancellation);
        var file = Path.Combine(folder.Of(secret), key);
        try
        {
            return File.Exists(file) ? await File.ReadAllTextAsync(file, cancellation) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StepException("secretUnread", $"{file} can't be read: {exception.Message}");
        }
    }

    private HandedSecret? Find(string tenant, string path) =>
        settings.Secrets.FirstOrDefault(secret => secret.Tenant == tenant && secret.Path == path);

    /// <param name="otherwise">What it means that it can't be had.</param>
    private async Task PutNewestAsync(HandedSecret secret, string otherwise, CancellationToken cancellation)
    {
        try
        {
            await PutAsync(secret, freshest: true, cancellation);
        }
        catch (SecretException exception)
        {
            throw new StepException("secretUnread", $"{otherwise}: {exception.Message}");
        }
    }

    /// <summary>One look at one secret; a trouble is told once, and again when it is another.</summary>
    public async Task LookAsync(HandedSecret secret, CancellationToken cancellation)
    {
        try
        {
            await PutAsync(secret, freshest: false, cancellation);
            await SignalAsync(secret, cancellation);
            if (troubles.Remove(secret))
            {
                log.SecretHandedAgain(secret.Full);
            }
        }
        catch (Exception exception) when (exception is SecretException or EngineException)
        {
            if (troubles.GetValueOrDefault(secret) != exception.Message)
            {
                troubles[secret] = exception.Message;
                log.SecretNotHanded(secret.Full, exception.Message);
            }
        }
    }

    private bool Has(ContainerFacts facts, HandedSecret secret) =>
        SecretMounts.PlaceOf(facts, settings.Folder, secret.Tenant, secret.Path) is not null;

    private async Task PutAsync(HandedSecret secret, bool freshest, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            await (
                secret.IsLogin
                    ? PutLoginAsync(secret, freshest, cancellation)
                    : PutVersionAsync(secret, freshest, cancellation)
            );
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task PutVersionAsync(HandedSecret secret, bool freshest, CancellationToken cancellation)
    {
        var version = await vault.VersionAsync(secret, cancellation);
        if (freshest && handed.TryGetValue(secret, out var before) && version == before)
        {
            await Task.Delay(StandbyLag, time, cancellation);
            version = await vault.VersionAsync(secret, cancellation);
        }
        if (version is not { } number)
        {
            throw new SecretException(
                $"Vault has no version of {secret.Full} that lives. What was handed out before stays."
            );
        }
        if (handed.TryGetValue(secret, out var has) && has == number)
        {
            return;
        }
        var values =
            await vault.ValuesAsync(secret, number, cancellation)
            ?? throw new SecretException($"Version {number} of {secret.Full} went while it was read.");
        if (Lay(secret, values))
        {
            log.SecretHanded(number, secret.Full, folder.Of(secret));
        }
        handed[secret] = number;
    }

    /// <summary>It has no versions: what Vault gives is held against what lies there.</summary>
    private async Task PutLoginAsync(HandedSecret secret, bool freshest, CancellationToken cancellation)
    {
        var changed = Lay(secret, await LoginAsync(secret, cancellation));
        if (!changed && freshest)
        {
            await Task.Delay(StandbyLag, time, cancellation);
            changed = Lay(secret, await LoginAsync(secret, cancellation));
        }
        if (changed)
        {
            log.LoginHanded(secret.Full, folder.Of(secret));
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> LoginAsync(
        HandedSecret secret,
        CancellationToken cancellation
    ) =>
        await vault.LoginAsync(secret, cancellation)
        ?? throw new SecretException($"Vault keeps no login at {secret.Path}. What was handed out before stays.");

    /// <returns>Whether anything is another now.</returns>
    private bool Lay(HandedSecret secret, IReadOnlyDictionary<string, string> values)
    {
        var files = values.ToDictionary(StringComparer.Ordinal);
        var unmade = new List<string>();
        foreach (var template in settings.Templates.Where(template => template.Secret == secret))
        {
            if (template.Of(values) is { } made)
            {
                files[template.File] = made;
            }
            else
            {
                unmade.Add(template.File);
            }
        }
        var (changed, leftOut) = folder.Put(secret, files);
        if (changed)
        {
            untold[secret] = true;
        }
        if (leftOut.Count > 0)
        {
            log.SecretKeysLeftOut(secret.Full, string.Join(", ", leftOut));
        }
        // A login is read again and again; what it lacks is told with each new one.
        if (unmade.Count > 0 && (changed || !secret.IsLogin))
        {
            log.SecretFilesNotMade(secret.Full, string.Join(", ", unmade));
        }
        return changed;
    }

    /// <summary>Who is not restarted for a new value, and wants to be told of it.</summary>
    private async Task SignalAsync(HandedSecret secret, CancellationToken cancellation)
    {
        // Taken before it is told: what is new meanwhile is told again.
        if (!untold.TryRemove(secret, out _))
        {
            return;
        }
        try
        {
            await TellAsync(secret, cancellation);
        }
        catch
        {
            untold[secret] = true;
            throw;
        }
    }

    private async Task TellAsync(HandedSecret secret, CancellationToken cancellation)
    {
        foreach (var facts in book.Containers.Where(facts => facts.State == "running" && Has(facts, secret)))
        {
            if (
                SecretLabels.Of(facts, secret.Path) is not { } label
                || SecretLabels.SignalOf(label.Asked) is not { } signal
            )
            {
                continue;
            }
            var described = await works.DescribeAsync(facts.Id, cancellation);
            if (described is null)
            {
                continue;
            }
            if (SignalRule.WhyNot(signal, facts, described) is { } why)
            {
                log.SignalNotSent(facts.Name, signal, secret.Full, why);
                continue;
            }
            await engine.SignalAsync(facts.Id, signal, cancellation);
            log.SignalSent(facts.Name, signal, secret.Full);
        }
    }
}
