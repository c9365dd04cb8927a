using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What looks like a secret is not given to a model, wherever it was planted.</summary>
public sealed class RedactionTests
{
    [Theory]
    [InlineData("login with ghp_" + "abcdefghijklmnopqrst0123456789ABCDEF", "ghp_")]
    [InlineData("AKIA" + "IOSFODNN7EXAMPLE used by backup", "IOSFODNN7")]
    [InlineData("token hvs." + "CAESIJ1aB2cD3eF4gH5iJ6kL7mN8", "CAESIJ1")]
    [InlineData("connecting to postgres://rentguy:s3cr3t-value@db:5432/rentguy", "s3cr3t-value")]
    [InlineData("Host=db;Username=rentguy;Password=hunter2hunter;Port=5432", "hunter2")]
    [InlineData("DB_PASSWORD=correct-horse", "correct-horse")]
    [InlineData("{\"apiKey\": \"0123abcd\"}", "0123abcd")]
    [InlineData("Authorization: Bearer abc.def.ghi-jkl", "abc.def")]
    [InlineData("seen eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "eyJzdWIi")]
    [InlineData("value xK9vQ2mZ7pL4wR8tY1nB6cD3fG5hJ0s found", "xK9vQ2mZ7")]
    [InlineData("/login?password=hunter2222&from=web 200", "hunter2222")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----", "MIIEpAIB")]
    public void A_planted_secret_is_taken_out(string text, string secret)
    {
        Assert.DoesNotContain(secret, Redaction.ByForm.Of(text, TenantSet.All), StringComparison.Ordinal);
        var data = JsonSerializer.SerializeToElement(new { lines = new[] { new { labels = new { value = text } } } });
        Assert.DoesNotContain(secret, Redaction.ByForm.Of(data, TenantSet.All).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SMTP_PASSWD")]
    [InlineData("dbPwd")]
    [InlineData("client-secret")]
    [InlineData("X-Api-Key")]
    [InlineData("ApiKey")]
    [InlineData("aws_access_key")]
    [InlineData("AccessKey-Id")]
    [InlineData("private_key")]
    [InlineData("PRIVATEKEY")]
    [InlineData("token\u0441")]
    [InlineData("to\u212Aen")]
    [InlineData("Wachtwoord")]
    [InlineData("aws_credentials")]
    public void What_a_name_says_to_be_one_is_taken_out_however_it_is_spelt(string name)
    {
        Assert.Equal(
            $"set {name}=[redacted] there",
            Redaction.ByForm.Of($"set {name}=plain-words there", TenantSet.All)
        );
        Assert.Equal($"{name}: [redacted]", Redaction.ByForm.Of($"{name}: plain-words", TenantSet.All));
    }

    [Fact]
    public void What_others_call_a_secret_is_one_and_their_ids_are_searched()
    {
        var data = JsonElement.Parse(
            """{"secret": "rentguy/api/database", "labels": {"password": "plain-words", "id": "ghp_abcdefghijklmnopqrst0123"}}"""
        );
        var told = Redaction.ByForm.Of(data, TenantSet.All).GetRawText();
        Assert.Contains("rentguy/api/database", told);
        Assert.DoesNotContain("plain-words", told);
        Assert.DoesNotContain("ghp_", told);
    }

    [Theory]
    [InlineData("sevensa/rentguy-api@sha256:03263755375c3f99ab5899270e2b469d86f5c8729a54dbfa8e0b8fa8c57b550b")]
    [InlineData("trace 4bf92f3577b34da6a3ce929d0e0e4736 took 1893 ms at AvailabilityCacheRefreshHandler")]
    [InlineData("rentguy/api/database is 93 days old, version 4")]
    [InlineData("GET /api/v1/rentals?from=2026-11-24T16:00:00Z 200 12ms user=assistant-desk")]
    [InlineData("restart rentguy-certificate-worker-1 of psra-ltsd")]
    public void What_is_no_secret_stays(string text) => Assert.Equal(text, Redaction.ByForm.Of(text, TenantSet.All));
}
