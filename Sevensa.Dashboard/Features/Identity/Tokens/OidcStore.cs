using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Sevensa.Dashboard.Features.Identity.Tokens;

// The tables of the OpenID Connect server, as its own configurations say.

internal sealed class OidcApplicationTable : IEntityTypeConfiguration<OpenIddictEntityFrameworkCoreApplication>
{
    public void Configure(EntityTypeBuilder<OpenIddictEntityFrameworkCoreApplication> builder) =>
        new OpenIddictEntityFrameworkCoreApplicationConfiguration<
            OpenIddictEntityFrameworkCoreApplication,
            OpenIddictEntityFrameworkCoreAuthorization,
            OpenIddictEntityFrameworkCoreToken,
            string
        >().Configure(builder);
}

internal sealed class OidcAuthorizationTable : IEntityTypeConfiguration<OpenIddictEntityFrameworkCoreAuthorization>
{
    public void Configure(EntityTypeBuilder<OpenIddictEntityFrameworkCoreAuthorization> builder) =>
        new OpenIddictEntityFrameworkCoreAuthorizationConfiguration<
            OpenIddictEntityFrameworkCoreAuthorization,
            OpenIddictEntityFrameworkCoreApplication,
            OpenIddictEntityFrameworkCoreToken,
            string
        >().Configure(builder);
}

internal sealed class OidcScopeTable : IEntityTypeConfiguration<OpenIddictEntityFrameworkCoreScope>
{
    public void Configure(EntityTypeBuilder<OpenIddictEntityFrameworkCoreScope> builder) =>
        new OpenIddictEntityFrameworkCoreScopeConfiguration<OpenIddictEntityFrameworkCoreScope, string>().Configure(
            builder
        );
}

internal sealed class OidcTokenTable : IEntityTypeConfiguration<OpenIddictEntityFrameworkCoreToken>
{
    public void Configure(EntityTypeBuilder<OpenIddictEntityFrameworkCoreToken> builder) =>
        new OpenIddictEntityFrameworkCoreTokenConfiguration<
            OpenIddictEntityFrameworkCoreToken,
            OpenIddictEntityFrameworkCoreApplication,
            OpenIddictEntityFrameworkCoreAuthorization,
            string
        >().Configure(builder);
}
