using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A path never leads out of its tenant.</summary>
public class SecretPathTests
{
    private static readonly TenantScope Scope = new(["rentguy"]);

    [Theory]
    [InlineData("api/database")]
    [InlineData("api/a.b_c-d@e+f")]
    [InlineData("a")]
    [InlineData("with space/é#")]
    [InlineData("100%")]
    [InlineData("50%25 off?")]
    [InlineData("a*b\"<>")]
    public void Plain_paths_lie_below_the_tenant(string text)
    {
        Assert.True(SecretPath.TryOf(Scope, "rentguy", text, out var path));
        Assert.Equal($"rentguy/{text}", path.Full);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("..")]
    [InlineData("../witcom/psra-api/database")]
    [InlineData("api/../../witcom/x")]
    [InlineData("./api")]
    [InlineData("api/...")]
    [InlineData("api//database")]
    [InlineData("/api")]
    [InlineData("api/")]
    [InlineData("api%2f..%2f..%2fwitcom")]
    [InlineData("%2e%2e/witcom")]
    [InlineData("api\\..\\witcom")]
    [InlineData("api%5C..%5Cwitcom")]
    [InlineData("api/%252e%252e/witcom")]
    [InlineData("api%252f..%252fwitcom")]
    [InlineData("api/%0a")]
    [InlineData("api/ database")]
    [InlineData("api/\ndatabase")]
    public void Whatever_could_lead_out_is_refused(string? text) =>
        Assert.False(SecretPath.TryOf(Scope, "rentguy", text, out _));

    [Fact]
    public void Another_tenant_is_not_in_the_scope() =>
        Assert.Throws<ArgumentException>(() => SecretPath.TryOf(Scope, "witcom", "api", out _));
}
