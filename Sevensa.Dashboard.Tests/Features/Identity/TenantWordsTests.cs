using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Whose rights reach where, as the access page says it.</summary>
public sealed class TenantWordsTests
{
    [Fact]
    public void Tenants_are_told_by_name_and_one_that_is_gone_by_its_id()
    {
        IReadOnlyList<TenantName> names = [new("psra-ltsd", "PSRA-LTSD"), new("rentguy", "RentGuy")];
        Assert.Equal("former, PSRA-LTSD, RentGuy", names.Of(["rentguy", "former", "psra-ltsd"]));
    }
}
