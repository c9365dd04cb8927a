using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>No password that somebody wrote into a statement is shown with it.</summary>
public sealed class StatementTextsTests
{
    [Theory]
    [InlineData("alter role a password 's3cret'", "alter role a password ***")]
    [InlineData(
        "CREATE ROLE a LOGIN PASSWORD E'it\\'s s3cret' NOINHERIT",
        "CREATE ROLE a LOGIN PASSWORD *** NOINHERIT"
    )]
    [InlineData(
        "alter role a with encrypted password 'it''s s3cret' valid until 'x'",
        "alter role a with encrypted password *** valid until 'x'"
    )]
    [InlineData("alter role a password $q$s3cret$q$ login", "alter role a password *** login")]
    [InlineData("alter role a password 's3cr", "alter role a password ***")]
    [InlineData(
        "create user mapping for a server s options (user 'u', password 's3cret')",
        "create user mapping for a server s options (user 'u', password ***)"
    )]
    [InlineData(
        "select dblink_connect('host=h password=s3cret dbname=d')",
        "select dblink_connect('host=h password=*** dbname=d')"
    )]
    [InlineData(
        "create subscription s connection 'host=h password=s3cret' publication p",
        "create subscription s connection 'host=h password=***' publication p"
    )]
    public void A_password_is_taken_out(string text, string shown) => Assert.Equal(shown, StatementTexts.Shown(text));

    [Theory]
    [InlineData("select password from accounts where password = $1")]
    [InlineData("update accounts set password_hash = $1 where id = $2")]
    [InlineData("alter role a password null")]
    public void What_is_none_stays(string text) => Assert.Equal(text, StatementTexts.Shown(text));

    [Fact]
    public void What_the_role_may_not_see_is_nothing() => Assert.Null(StatementTexts.Shown("<insufficient privilege>"));
}
