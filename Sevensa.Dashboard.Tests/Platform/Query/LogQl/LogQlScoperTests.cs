using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

public sealed class LogQlScoperTests
{
    private static readonly LabelMatcher Acme = LogQlScoper.Tenants("tenant", ["acme"]);

    [Theory]
    [InlineData("{a=\"b\"}", "{a=\"b\", tenant=\"acme\"}")]
    // What the text says about the tenant stays and can only narrow.
    [InlineData("{tenant=\"other\"}", "{tenant=\"other\", tenant=\"acme\"}")]
    [InlineData("{tenant!=\"acme\", tenant=~\".+\"}", "{tenant!=\"acme\", tenant=~\".+\", tenant=\"acme\"}")]
    [InlineData(
        "sum(rate({a=\"b\"}[1m])) / on (x) group_left (y) sum by (x) (rate(({c=\"d\"} |= `}`)[1m] offset 1d))",
        "sum(rate({a=\"b\", tenant=\"acme\"} [1m])) / on (x) group_left (y) sum by (x) (rate({c=\"d\", tenant=\"acme\"} |= \"}\" [1m] offset 24h))"
    )]
    [InlineData(
        "{a=\"b\"} # , tenant=\"x\"}\n|= \"{c=`d`}\" | label_format tenant=\"other\"",
        "{a=\"b\", tenant=\"acme\"} |= \"{c=`d`}\" | label_format tenant=\"other\""
    )]
    [InlineData(
        "label_replace(rate({a=\"b\"}[1m]), \"tenant\", \"x\", \"a\", \".*\") or vector(0)",
        "label_replace(rate({a=\"b\", tenant=\"acme\"} [1m]), \"tenant\", \"x\", \"a\", \".*\") or vector(0)"
    )]
    [InlineData(
        "variants(rate({a=\"b\"}[1m])) of ({c=\"d\"}[1m])",
        "variants(rate({a=\"b\", tenant=\"acme\"} [1m])) of ({c=\"d\", tenant=\"acme\"} [1m])"
    )]
    public void The_matcher_is_added_to_every_selector(string query, string scoped) =>
        Assert.Equal(scoped, LogQlScoper.Scope(query, Acme).ToString());

    [Fact]
    public void Several_tenants_are_escaped_alternatives()
    {
        Assert.Equal("tenant=\"a\"", LogQlScoper.Tenants("tenant", ["a", "a"]).ToString());
        Assert.Equal("tenant=~\"a\\\\.b|c\\\\|d\"", LogQlScoper.Tenants("tenant", ["c|d", "a.b"]).ToString());
        Assert.Equal("org=\"\\\"}\"", LogQlScoper.Tenants("org", ["\"}"]).ToString());
    }

    [Fact]
    public void No_tenant_or_an_open_one_is_no_scope()
    {
        Assert.Throws<ArgumentException>(() => LogQlScoper.Tenants("tenant", []));
        Assert.Throws<ArgumentException>(() => LogQlScoper.Tenants("tenant", ["a", ""]));
        Assert.Throws<ArgumentException>(() => LogQlScoper.Tenants("tenant=~\"", ["a"]));
        foreach (var open in (string[])["{tenant=~\".*\"}", "{tenant!=\"a\"}", "{tenant=\"\"}"])
        {
            var matcher = LogQlParser.ParseSelector(open, allowAll: true).Matchers[0];
            Assert.Throws<ArgumentException>(() => LogQlScoper.Scope("{a=\"b\"}", matcher));
            Assert.Throws<ArgumentException>(() => LogQlScoper.ScopeSelector("{a=\"b\"}", matcher));
        }
    }

    [Theory]
    [InlineData("{__tenant_id__=\"other\"}", 2)]
    [InlineData("{a=\"b\", __tenant_id__=~\".+\"}", 9)]
    [InlineData("{a=\"b\"} | __tenant_id__=\"other\"", 11)]
    [InlineData("{a=\"b\"} | a=1 or (__tenant_id__!=\"x\")", 19)]
    [InlineData("{a=\"b\"} | label_format x=__tenant_id__", 26)]
    [InlineData("{a=\"b\"} | keep __tenant_id__", 16)]
    [InlineData("sum by (__tenant_id__) (rate({a=\"b\"}[1m]))", 9)]
    [InlineData("rate({a=\"b\"}[1m]) / on (__tenant_id__) rate({a=\"b\"}[1m])", 25)]
    [InlineData("label_replace(rate({a=\"b\"}[1m]), \"x\", \"$1\", \"__tenant_id__\", \"(.*)\")", 45)]
    [InlineData("{a=\"b\"} | pattern \"<__tenant_id__> x\"", 19)]
    public void Lokis_own_tenant_label_is_refused(string query, int column)
    {
        var refused = Assert.Throws<LogQlException>(() => LogQlScoper.Scope(query, Acme));
        Assert.Equal("the label __tenant_id__ may not be used in a query", refused.Reason);
        Assert.Equal(column, refused.Column);
        Assert.Throws<LogQlException>(() => LogQlScoper.Read(query));
    }

    [Fact]
    public void Its_name_as_text_of_a_line_is_harmless() =>
        Assert.True(LogQlScoper.Read("{a=\"b\"} |= \"__tenant_id__\"").IsLogQuery);

    [Theory]
    [InlineData("{}", "{tenant=\"acme\"}")]
    [InlineData("{app=~\".*\"}", "{app=~\".*\", tenant=\"acme\"}")]
    [InlineData("{app=\"x\"}", "{app=\"x\", tenant=\"acme\"}")]
    public void A_selector_alone_is_scoped_too(string selector, string scoped) =>
        Assert.Equal(scoped, LogQlScoper.ScopeSelector(selector, Acme).ToString());

    [Theory]
    [InlineData("{app=\"x\"} |= \"y\"")]
    [InlineData("{app=\"x\"}{app=\"y\"}")]
    [InlineData("{__tenant_id__=\"y\"}")]
    [InlineData("rate({app=\"x\"}[1m])")]
    [InlineData("app")]
    [InlineData("")]
    public void Anything_else_than_a_selector_is_refused(string text) =>
        Assert.Throws<LogQlException>(() => LogQlScoper.ScopeSelector(text, Acme));
}
