using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.ForwardAuth;
using Sevensa.Dashboard.Features.Identity.Providers;

namespace Sevensa.Dashboard.Tests.Features.Identity.Roles;

/// <summary>What the roles from the start hold, and how a custom one is read.</summary>
public sealed class NamedPermissionTests
{
    [Theory]
    [InlineData(Role.Client, "portal", "read")]
    [InlineData(Role.Viewer, "portal read", "read")]
    [InlineData(
        Role.Operator,
        "portal read propose handleAlerts arrange approve scansWrite",
        "read propose approve scans:write"
    )]
    [InlineData(Role.Approver, "portal read approve approveHighRisk", "read approve")]
    [InlineData(
        Role.Admin,
        "portal read propose handleAlerts arrange approve approveHighRisk scansWrite admin",
        "read propose approve scans:write admin"
    )]
    [InlineData(Role.Custom, "", "")]
    public void A_role_from_the_start_holds_what_it_always_did(Role role, string permissions, string scopes)
    {
        var held = NamedPermission.Of(role);
        Assert.Equal(permissions, string.Join(' ', NamedPermission.NamesOf(held)));
        Assert.Equal(scopes, string.Join(' ', ScopeWords.Of(held).Words()));
    }

    [Fact]
    public void Whatever_its_row_says_a_custom_role_administers_nothing()
    {
        var everything = (RolePermissions)(-1);
        var caller = Of(everything);
        Assert.False(caller.IsAdmin);
        Assert.False(caller.May(RolePermissions.Administer));
        Assert.False(caller.Tenants.IsAll);
        Assert.Equal(
            NamedPermission.OfCustomRoles.Select(one => one.Name),
            NamedPermission.NamesOf(caller.Permissions)
        );
    }

    [Theory]
    [InlineData(RolePermissions.Approve, false)]
    [InlineData(RolePermissions.Approve | RolePermissions.ApproveHighRisk, true)]
    public void High_risk_takes_the_permission_for_it(RolePermissions held, bool may)
    {
        var caller = Of(held | RolePermissions.Portal | RolePermissions.Read);
        Assert.True(caller.MayApprove(highRisk: false));
        Assert.Equal(may, caller.MayApprove(highRisk: true));
        Assert.False((caller with { IsPerson = false }).MayApprove(highRisk: false));
        Assert.False((caller with { Scopes = ApiScopes.Read }).MayApprove(highRisk: true));
    }

    [Fact]
    public void Claims_carry_it_and_without_them_the_role_gives_nothing()
    {
        var caller = Of(RolePermissions.Portal | RolePermissions.Read | RolePermissions.Propose);
        var principal = CallerPrincipal.Of(caller, "test");
        Assert.Equal(caller.Custom, Caller.From(principal)!.Custom);
        Assert.True(Caller.From(principal)!.MayPropose);
        var without = new System.Security.Claims.ClaimsPrincipal(
            new System.Security.Claims.ClaimsIdentity(
                principal.Claims.Where(claim => claim.Type != CallerClaims.Permissions),
                "test"
            )
        );
        var bare = Caller.From(without)!;
        Assert.Equal(RolePermissions.None, bare.Permissions);
        Assert.False(bare.IsStaff || bare.MayPropose || bare.MayWriteScans || bare.IsReviewer);
    }

    [Fact]
    public void A_claim_gives_the_role_that_its_grant_names_with_the_tenants_of_the_same_role_alone()
    {
        var options = new ProviderOptions
        {
            Authority = "https://login.example.org",
            ClientId = "x",
            Grants =
            [
                Grant("a", "release-managers", "rentguy"),
                Grant("b", "others", "witcom"),
                Grant("c", "release-managers", "psra"),
            ],
        };
        var claims = new ExternalClaims(
            "https://login.example.org",
            "s",
            "n",
            new HashSet<string> { "a", "b", "c" },
            false,
            false,
            null,
            null
        );
        var given = claims.GivenBy(options)!.Value;
        Assert.Equal((Role.Custom, "release-managers"), (given.Role, given.CustomRole));
        Assert.Equal(["psra", "rentguy"], given.Tenants);

        static GrantOptions Grant(string value, string role, string tenant) =>
            new()
            {
                Value = value,
                Role = Role.Custom,
                CustomRole = role,
                Tenants = [tenant],
            };
    }

    [Theory]
    [InlineData(Role.Custom, null)]
    [InlineData(Role.Viewer, "release-managers")]
    public void A_grant_names_which_role_or_none(Role role, string? customRole)
    {
        var grant = new GrantOptions
        {
            Value = "a",
            Role = role,
            CustomRole = customRole,
            Tenants = ["rentguy"],
        };
        Assert.Contains("CustomRole", grant.Mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Custom_alone_opens_no_service()
    {
        var rule = new ProtectedServiceOptions
        {
            Name = "x",
            Host = "x.example.org",
            Roles = [Role.Custom],
        };
        Assert.Contains(
            rule.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(rule)),
            mistake => mistake.ErrorMessage!.Contains("CustomRoles", StringComparison.Ordinal)
        );
        var caller = Of(RolePermissions.Portal);
        var asked = new ForwardedRequest("GET", "https", "x.example.org", "/", "");
        Assert.False(ProtectedServices.Opens(rule, caller, asked));
        rule.CustomRoles = ["of-a-test"];
        Assert.True(ProtectedServices.Opens(rule, caller, asked));
        Assert.False(ProtectedServices.Opens(rule, caller with { Custom = null }, asked));
    }

    [Theory]
    [InlineData(RolePermissions.Propose)]
    [InlineData(RolePermissions.HandleAlerts)]
    [InlineData(RolePermissions.Arrange)]
    public void What_operators_do_is_held_apart_and_takes_the_scope_propose(RolePermissions held)
    {
        var all = new[] { RolePermissions.Propose, RolePermissions.HandleAlerts, RolePermissions.Arrange };
        var caller = Of(held | RolePermissions.Portal | RolePermissions.Read);
        Assert.Equal([held], all.Where(caller.May));
        Assert.True(ScopeWords.Of(caller.Permissions).HasFlag(ApiScopes.Propose));
        Assert.DoesNotContain(all, (caller with { Scopes = ApiScopes.Read }).May);
    }

    private static Caller Of(RolePermissions held) =>
        new("1", "Somebody", Role.Custom, IsPerson: true, TenantSet.Of(["rentguy"]), ApiScopes.All)
        {
            Custom = new HeldRole("of-a-test", "Of a test", held),
        };
}
