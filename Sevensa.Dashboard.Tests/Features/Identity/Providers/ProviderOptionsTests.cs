using System.Security.Claims;
using Microsoft.AspNetCore.DataProtection;
using OpenIddict.Abstractions;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Features.Identity.Tokens;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

public class ProviderOptionsTests
{
    [Theory]
    [InlineData("https://login.example.org/realms/ours", true)]
    [InlineData("http://127.0.0.1:8080", true)]
    [InlineData("http://login.example.org", false)]
    [InlineData("ftp://login.example.org", false)]
    [InlineData("https://login.example.org/?x=1", false)]
    [InlineData("https://me:word@login.example.org", false)]
    [InlineData(null, false)]
    public void An_authority_is_https_or_on_this_machine(string? authority, bool isGood) =>
        Assert.Equal(isGood, !Options(authority).Mistakes("keycloak").Any());

    [Fact]
    public void Mistakes_are_told_by_their_keys()
    {
        var options = Options("https://login.example.org");
        options.ClientSecret = "in the open";
        options.ClientSecretFile = "/nowhere/at/all";
        options.Grants =
        [
            new() { Value = "ops" },
            new()
            {
                Value = "c",
                Role = Role.Client,
                Tenants = ["a", "b"],
            },
        ];
        Assert.Equal(
            [
                "Providers:Key:",
                "Providers:Key:ClientSecret",
                "Providers:Key:ClientSecretFile",
                "Providers:Key:Grants:0",
                "Providers:Key:Grants:1",
            ],
            options
                .Mistakes("Key")
                .SelectMany(mistake => mistake.MemberNames)
                .Select(name => name == "Providers:Key" ? "Providers:Key:" : name)
        );
        Assert.DoesNotContain(options.Mistakes("Key"), mistake => mistake.ErrorMessage!.Contains("in the open"));
    }

    [Fact]
    public void The_first_grant_that_fits_says_the_role_and_no_role_is_lent_to_another_s_tenants()
    {
        var options = Options("https://login.example.org");
        options.Grants =
        [
            new()
            {
                Value = "ops",
                Role = Role.Operator,
                Tenants = ["rentguy"],
            },
            new()
            {
                Value = "lookers",
                Role = Role.Viewer,
                Tenants = ["witcom"],
            },
            new()
            {
                Value = "more-ops",
                Role = Role.Operator,
                Tenants = ["psra"],
            },
        ];
        var given = Claims(options, ("groups", "lookers"), ("groups", "more-ops"), ("groups", "ops")).GivenBy(options);
        Assert.Equal(Role.Operator, given!.Value.Role);
        Assert.Equal(["psra", "rentguy"], given.Value.Tenants);
        Assert.Null(Claims(options, ("groups", "Ops"), ("roles", "ops")).GivenBy(options));
    }

    [Fact]
    public void What_a_provider_did_for_a_second_factor_counts_only_where_that_is_configured()
    {
        var options = Options("https://login.example.org");
        Assert.False(Claims(options, ("amr", "mfa"), ("acr", "gold")).HasProvedTwice);
        options.TrustedMethods = ["mfa"];
        Assert.True(Claims(options, ("amr", "pwd"), ("amr", "mfa")).HasProvedTwice);
        Assert.False(Claims(options, ("amr", "pwd")).HasProvedTwice);
        options.TrustedContexts = ["gold"];
        Assert.True(Claims(options, ("acr", "gold")).HasProvedTwice);
    }

    [Fact]
    public void Groups_that_are_named_elsewhere_are_not_none()
    {
        var options = Options("https://login.example.org");
        const string elsewhere = """{"groups": "src1"}""";
        Assert.False(Claims(options).AreCut);
        Assert.True(Claims(options, ("_claim_names", elsewhere)).AreCut);
        Assert.True(Claims(options, ("hasgroups", "true")).AreCut);
        Assert.False(Claims(options, ("_claim_names", "no JSON")).AreCut);
        options.GroupsClaim = "roles";
        Assert.False(Claims(options, ("_claim_names", elsewhere), ("hasgroups", "true")).AreCut);
    }

    [Fact]
    public void A_stroke_at_the_end_of_the_issuer_makes_nobody_somebody_else() =>
        Assert.Equal(
            ExternalPersonRow.IdOf("ours", "https://login.example.org", "1"),
            ExternalPersonRow.IdOf("ours", "https://login.example.org/", "1")
        );

    [Fact]
    public void A_sign_in_of_which_nobody_says_when_it_was_is_none_of_late()
    {
        var again = new SignInAgain(new EphemeralDataProtectionProvider(), TimeProvider.System);
        Assert.False(again.IsWanted(new OpenIddictRequest(), null, ApiScopes.Read));
        Assert.True(again.IsWanted(new OpenIddictRequest(), null, ApiScopes.Approve));
        Assert.True(again.IsWanted(new OpenIddictRequest { MaxAge = 1_000_000_000 }, null, ApiScopes.Read));
        var asked = new OpenIddictRequest { MaxAge = 0 };
        asked.SetParameter(SignInAgain.Parameter, again.Now(asked));
        Assert.True(again.IsWanted(asked, null, ApiScopes.Read));
        Assert.False(again.IsWanted(asked, TimeProvider.System.GetUtcNow(), ApiScopes.Read));
    }

    private static ProviderOptions Options(string? authority) => new() { Authority = authority, ClientId = "sevensa" };

    private static ExternalClaims Claims(ProviderOptions options, params (string Type, string Value)[] claims) =>
        ExternalClaims.Of(
            new ClaimsPrincipal(
                new ClaimsIdentity([
                    new Claim("sub", "1"),
                    new Claim("iss", "https://login.example.org"),
                    .. claims.Select(claim => new Claim(claim.Type, claim.Value)),
                ])
            ),
            options
        );
}
