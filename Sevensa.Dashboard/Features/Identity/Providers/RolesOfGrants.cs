using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Providers;

/// <summary>Custom roles that providers' claims give.</summary>
internal sealed class RolesOfGrants(IOptions<IdentityOptions> identity) : IRoleUse
{
    public IEnumerable<string> Of(string role) =>
        from provider in identity.Value.Providers
        from grant in provider.Value.Grants
        where grant.CustomRole == role
        select $"the setting Identity:Providers:{provider.Key}:Grants ({grant.Value})";
}
