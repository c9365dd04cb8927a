using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// What an administrator does with a value, each time after the password: enter one that was issued elsewhere, or hand one over.
/// </summary>
internal sealed class SecretDeeds(IStepUp stepUp, ITenantScopes scopes)
{
    public const string Enter = "enter";
    public const string HandOver = "handOver";

    /// <summary>The proof that a deed on one secret takes.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403: no administrator, or the wrong password.</exception>
    /// <exception cref="SecretDeedException">404</exception>
    public async Task<StepUpProof> ProveAsync(
        Caller caller,
        string tenant,
        string deed,
        string path,
        string password,
        CancellationToken cancellation
    )
    {
        var found = await PathAsync(caller, tenant, path, cancellation);
        return await stepUp.ProveAsync(caller, password, NameOf(deed, tenant, found), cancellation);
    }

    /// <summary>Checks who asks, and what for, before anything is read or used up.</summary>
    public async Task<SecretPath> PathAsync(Caller caller, string tenant, string path, CancellationToken cancellation)
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        if (!caller.IsAdmin || !caller.IsPerson)
        {
            throw new ForbiddenException(
                "Values of secrets are entered and handed over by administrators, and by people alone."
            );
        }
        return SecretPath.TryOf(scope, tenant, path, out var found)
            ? found
            : throw new SecretDeedException(
                404,
                "noSuchSecret",
                $"{tenant} has no secret of that path. The list is at /api/v1/tenants/{tenant}/secrets."
            );
    }

    /// <exception cref="ForbiddenException">With <c>stepUpRequired</c>: the proof is missing, used, too old, or for something else.</exception>
    public async Task RedeemAsync(
        Caller caller,
        string tenant,
        string deed,
        SecretPath path,
        string? proof,
        CancellationToken cancellation
    )
    {
        if (
            string.IsNullOrEmpty(proof)
            || !await stepUp.RedeemAsync(caller, proof, NameOf(deed, tenant, path), cancellation)
        )
        {
            throw new ForbiddenException(
                $"Prove first that it is you: POST /api/v1/tenants/{tenant}/secrets/step-up with your password, the deed and the path. A proof is good once, for five minutes.",
                "stepUpRequired"
            );
        }
    }

    private static string NameOf(string deed, string tenant, SecretPath path) =>
        $"secret.{deed} {tenant}/{path.Relative}";
}

/// <summary>A deed on a secret's value that can't be done; says why and what to do, and never a value.</summary>
/// <param name="code">Stable word for programs.</param>
internal sealed class SecretDeedException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;
}

/// <summary>These refusals as problem details.</summary>
internal sealed class SecretDeedProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception is SecretDeedException refused
            ? new ProblemDetails
            {
                Status = refused.Status,
                Title = refused.Status == 409 ? "It is not as you saw it" : "It can't be done",
                Detail = refused.Message,
                Extensions = { ["code"] = refused.Code },
            }
            : null;
}
