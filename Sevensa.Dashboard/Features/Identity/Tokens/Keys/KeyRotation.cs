using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Validation;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Keys;

/// <summary>New signing keys: when an administrator says so, and once the newest is as old as a key may get.</summary>
internal sealed class KeyDesk(
    SigningKeys keys,
    TokenFamilyStore families,
    IStepUp stepUp,
    IAuditLog audit,
    IOptions<IdentityOptions> options,
    TimeProvider time
)
{
    /// <summary>What a proof for <see cref="RotateAsync"/> is for.</summary>
    public const string Deed = "signingKeys.rotate";

    /// <summary>What a proof for <see cref="WithdrawAsync"/> is for.</summary>
    public const string WithdrawDeed = "signingKeys.withdraw";

    /// <summary>Those in the key set, the newest first.</summary>
    public IReadOnlyList<SigningKey> List(Caller by)
    {
        RequireAdmin(by);
        return [.. keys.Current.OrderByDescending(key => key.MadeAt)];
    }

    /// <param name="proof">That this administrator proved anew who they are, for <see cref="Deed"/>.</param>
    public async Task RotateAsync(Caller by, string? proof, CancellationToken cancellation)
    {
        RequireAdmin(by);
        await keys.LookAsync(cancellation);
        if (keys.Current.FirstOrDefault(key => key.SignsFrom > time.GetUtcNow()) is { } waiting)
        {
            throw new AccountException(
                $"There is a new key already, which signs from {waiting.SignsFrom:HH:mm:ss} (UTC)."
            );
        }
        await RequireProofAsync(by, proof, Deed, cancellation);
        await audit.AppendAsync(new AuditEntry(by.Actor(), "signingKey.rotated"), cancellation);
        await keys.RotateAsync(cancellation);
    }

    /// <summary>
    /// Somebody may have a key: a new one signs at once, no other is trusted any more, and all that was given by tokens ends. Programs
    /// that keep a copy of the key set refuse new tokens until they ask for it again.
    /// </summary>
    /// <param name="proof">That this administrator proved anew who they are, for <see cref="WithdrawDeed"/>.</param>
    public async Task WithdrawAsync(Caller by, string? proof, CancellationToken cancellation)
    {
        RequireAdmin(by);
        await RequireProofAsync(by, proof, WithdrawDeed, cancellation);
        await keys.LookAsync(cancellation);
        await audit.AppendAsync(
            new AuditEntry(
                by.Actor(),
                "signingKey.withdrawn",
                Detail: string.Join(", ", keys.Current.Select(key => key.Id))
            ),
            cancellation
        );
        // It is in the record: whoever goes away meanwhile leaves nothing half done.
        await keys.WithdrawAsync(CancellationToken.None);
        // Those that are honest could not be renewed any more; one that was forged by the key needs a row that still holds.
        await families.EndEverythingAsync(CancellationToken.None);
    }

    /// <summary>Makes a new key when the newest is as old as a key may get.</summary>
    public async Task KeepYoungAsync(CancellationToken cancellation)
    {
        await keys.LookAsync(cancellation);
        var newest = keys.Current.Max(key => key.MadeAt);
        var days = options.Value.SigningKeyDays;
        if (days == 0 || time.GetUtcNow() - newest < TimeSpan.FromDays(days))
        {
            return;
        }
        await audit.AppendAsync(
            new AuditEntry(AuditActor.System, "signingKey.rotated", Detail: $"The last one is {days} days old"),
            cancellation
        );
        await keys.RotateAsync(cancellation);
    }

    private async Task RequireProofAsync(Caller by, string? proof, string deed, CancellationToken cancellation)
    {
        if (proof is null || !await stepUp.RedeemAsync(by, proof, deed, cancellation))
        {
            throw new ForbiddenException(
                "Prove first that it is you: give your password or a code again, for this deed alone (POST /api/v1/step-ups).",
                StepUp.Code
            );
        }
    }

    private static void RequireAdmin(Caller by)
    {
        if (!by.IsAdmin)
        {
            throw new ForbiddenException("Signing keys are for administrators.");
        }
    }
}

/// <summary>Looks again and again what other dashboards made, what begins to sign, and what is too old.</summary>
internal sealed class KeyWatch(KeyDesk desk, StartWork start, TimeProvider time, ILogger<KeyWatch> log)
    : BackgroundService
{
    /// <summary>Shorter than a new key waits before it signs.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (await start.IsDoneAsync(stoppingToken))
        {
            await LastingWork.RunAsync(
                "Looking after signing keys",
                desk.KeepYoungAsync,
                rest => Task.Delay(Every, time, rest),
                log,
                time,
                stoppingToken
            );
        }
    }
}

internal static class KeySetup
{
    public static void AddSigningKeys(this IServiceCollection services)
    {
        services.AddSingleton<SigningKeys>();
        services.AddSingleton<IStartStep>(provider => provider.GetRequiredService<SigningKeys>());
        services.AddSingleton<IConfigureOptions<OpenIddictServerOptions>>(provider =>
            provider.GetRequiredService<SigningKeys>()
        );
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictServerOptions>>(provider =>
            provider.GetRequiredService<SigningKeys>()
        );
        services.AddSingleton<IOptionsChangeTokenSource<OpenIddictValidationOptions>, CheckedKeys>();
        services.AddSingleton<KeyDesk>();
        services.AddHostedService<KeyWatch>();
    }
}
