using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Validation;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Identity.Tokens.Keys;

/// <summary>
/// Gives the token server its keys: ES256 from the product's keys, which all dashboards on one store share, and encryption derived
/// from the key file. When there is a new key, or one begins to sign or goes, the server is given them anew while it runs.
/// </summary>
internal sealed class SigningKeys(IProductKeys keys, StoreKey storeKey, TimeProvider time)
    : IStartStep,
        IConfigureOptions<OpenIddictServerOptions>,
        IOptionsChangeTokenSource<OpenIddictServerOptions>,
        IDisposable
{
    private readonly SemaphoreSlim looking = new(1);
    private IReadOnlyList<SigningKey>? current;

    /// <summary>Which state of the key file the server has; null while it has none.</summary>
    private int? encryptedBy;
    private CancellationTokenSource changed = new();

    string? IOptionsChangeTokenSource<OpenIddictServerOptions>.Name => Options.DefaultName;

    /// <summary>Those in the key set, the one that signs first.</summary>
    public IReadOnlyList<SigningKey> Current =>
        current ?? throw new InvalidOperationException("The token server was asked before its keys were read.");

    /// <summary>Raised after the server has its new keys, for who copied them from it.</summary>
    public event Action Renewed = () => { };

    public async Task RunAsync(CancellationToken cancellation)
    {
        await keys.SigningKeyAsync(KeyPurposes.TokenSigning, cancellation);
        await LookAsync(cancellation);
    }

    /// <summary>Looks what keys the store and the key file have now, and gives them to the server where that is not what it has.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        await looking.WaitAsync(cancellation);
        try
        {
            await TakeAsync(cancellation);
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>Makes a new key, unless another dashboard has just done so.</summary>
    public async Task RotateAsync(CancellationToken cancellation)
    {
        await keys.RenewAsync(KeyPurposes.TokenSigning, cancellation);
        await LookAsync(cancellation);
    }

    /// <summary>Makes a new key that signs at once, and trusts none of before.</summary>
    public async Task WithdrawAsync(CancellationToken cancellation)
    {
        // No look that began before puts back what is withdrawn.
        await looking.WaitAsync(cancellation);
        try
        {
            await keys.ReplaceAsync(KeyPurposes.TokenSigning, cancellation);
            await TakeAsync(CancellationToken.None);
        }
        finally
        {
            looking.Release();
        }
    }

    /// <summary>For one at a time.</summary>
    private async Task TakeAsync(CancellationToken cancellation)
    {
        var now = SigningKey.At(await keys.AllAsync(KeyPurposes.TokenSigning, cancellation), time.GetUtcNow());
        var before = current;
        current = now;
        storeKey.Look();
        var isSameFile = encryptedBy is not { } by || by == storeKey.Changes;
        if (before is null || (isSameFile && before.Select(Mark).SequenceEqual(now.Select(Mark))))
        {
            return;
        }
        using var old = Interlocked.Exchange(ref changed, new CancellationTokenSource());
        await old.CancelAsync();
        Renewed();

        static (string, bool) Mark(SigningKey key) => (key.Id, key.IsSigning);
    }

    public IChangeToken GetChangeToken() => new CancellationChangeToken(changed.Token);

    public void Configure(OpenIddictServerOptions options)
    {
        foreach (var key in Current)
        {
            options.SigningCredentials.Add(Credentials(key));
        }
        // The first encrypts; what others of the file did is read on.
        encryptedBy = storeKey.Changes;
        foreach (var secret in storeKey.DeriveEach("token-encryption"))
        {
            options.EncryptionCredentials.Add(
                new EncryptingCredentials(
                    new SymmetricSecurityKey(secret),
                    SecurityAlgorithms.Aes256KW,
                    SecurityAlgorithms.Aes256CbcHmacSha512
                )
            );
        }
    }

    public static SigningCredentials Credentials(SigningKey key) =>
        new(
            new ECDsaSecurityKey(ECDsa.Create(key.Key.Key.ExportParameters(includePrivateParameters: true)))
            {
                KeyId = key.Id,
            },
            SecurityAlgorithms.EcdsaSha256
        );

    public void Dispose()
    {
        looking.Dispose();
        changed.Dispose();
    }
}

/// <summary>Has whoever checks tokens here copy the server's keys anew.</summary>
internal sealed class CheckedKeys : IOptionsChangeTokenSource<OpenIddictValidationOptions>, IDisposable
{
    private CancellationTokenSource changed = new();

    public CheckedKeys(SigningKeys keys) =>
        keys.Renewed += () =>
        {
            using var old = Interlocked.Exchange(ref changed, new CancellationTokenSource());
            old.Cancel();
        };

    public string? Name => Options.DefaultName;

    public IChangeToken GetChangeToken() => new CancellationChangeToken(changed.Token);

    public void Dispose() => changed.Dispose();
}
