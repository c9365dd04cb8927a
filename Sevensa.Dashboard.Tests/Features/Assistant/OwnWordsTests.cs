using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Assistant.Plain;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>The people of a tenant read why something is proposed for it: no other tenant is named there.</summary>
public sealed class OwnWordsTests
{
    private static readonly Tenant[] Fleet =
    [
        WishReaderTests.Of("rentguy", "RentGuy", "api"),
        WishReaderTests.Of("rentguy-eu", "RentGuy Europe", "api"),
        WishReaderTests.Of("rent", "Rent", "api"),
        WishReaderTests.Of("witcom", "Witcom", "psra-api"),
    ];

    [Theory]
    [InlineData(
        "rentguy",
        "rentguy-api is slow since witcom was deployed",
        "rentguy-api is slow since another tenant was deployed"
    )]
    [InlineData("rentguy", "as with rentguy-eu-api and rentguy-eu", "as with another tenant and another tenant")]
    [InlineData("rentguy-eu", "rentguy-eu-api, not rentguy-api", "rentguy-eu-api, not another tenant")]
    [InlineData("rentguy", "beside prod_witcom and witcom_web_1", "beside another tenant and another tenant")]
    [InlineData("rent", "rentguy-api and rent-api", "another tenant and rent-api")]
    public void Names_of_others_are_taken_out_also_where_they_begin_alike(string tenant, string said, string told) =>
        Assert.Equal(told, OwnWords.Of(said, tenant, Fleet));
}
