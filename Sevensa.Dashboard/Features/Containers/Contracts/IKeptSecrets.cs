using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Contracts;

/// <summary>Secrets as whoever keeps them tells of them, without a value. Implemented by whoever reads Vault.</summary>
public interface IKeptSecrets
{
    /// <summary>Where the value of a service's variable lies by convention; null where a name is no plain one.</summary>
    KeptPlace? PlaceOf(string tenant, string service, string variable);

    /// <summary>Why a secret can't be handed out now, and what to do; null when its current version is there.</summary>
    Task<string?> WhyNotAsync(TenantScope scope, string tenant, string path, CancellationToken cancellation);
}

/// <param name="Path">Below the tenant.</param>
/// <param name="Key">Of the value in it.</param>
public sealed record KeptPlace(string Path, string Key);

/// <summary>Taking a secret out of an environment, as the catalogue names it.</summary>
public static class UnexposedSecrets
{
    /// <summary>The kind of action.</summary>
    public const string Kind = "secret.unexpose";
}
