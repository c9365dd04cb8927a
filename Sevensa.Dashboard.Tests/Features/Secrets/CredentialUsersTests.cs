using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Who is restarted when the credentials of a database place lead elsewhere.</summary>
public class CredentialUsersTests
{
    private static readonly string[] paths = ["databases/shared/shop_app", "databases/shared/shop_owner"];
    private readonly StubFleet fleet = new();

    private CredentialUsers Users => new(new SecretConsumers(fleet), fleet);

    [Fact]
    public void Containers_whose_labels_name_the_places_secrets_are_restarted_once_each_and_nobody_elses()
    {
        Name('a', ("sevensa.secret.db", paths[0]), ("sevensa.secret.migrations", paths[1]));
        Name('b', ("sevensa.secret.db", "databases/shared/other_app"));
        Name('d', ("sevensa.secret.db", paths[0]), ("sevensa.secret.db.on-change", "none"));
        var roll = Users.Roll("rentguy", paths, restart: true, first: 7);
        Assert.Equal(["rentguy-api"], roll.Names);
        Assert.Equal(["rentguy-api"], roll.Containers.Select(one => one.Name));
        var step = Assert.Single(roll.Steps);
        Assert.Equal((7, true), (step.Number, step.IsErrand()));
        Assert.Contains(roll.Rest, one => one.Contains("rentguy-db is not restarted", StringComparison.Ordinal));
        Assert.Empty(Users.Roll("witcom", paths, restart: true, first: 7).Steps);
        Assert.Empty(Users.Roll("rentguy", paths, restart: false, first: 7).Steps);
    }

    [Fact]
    public void Where_no_container_is_known_it_is_said_and_nothing_refused()
    {
        var roll = Users.Roll("nobody", paths, restart: true, first: 7);
        Assert.Empty(roll.Steps);
        Assert.Contains("by hand", Assert.Single(roll.Rest), StringComparison.Ordinal);
    }

    private void Name(char id, params (string Key, string Value)[] labels) =>
        fleet.Change(
            new string(id, 64),
            facts => facts with { Labels = labels.ToDictionary(one => one.Key, one => one.Value) }
        );
}
