using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

public sealed class RegistryCredentialsTests : IDisposable
{
    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Theory]
    [InlineData("registry.example.org/team/app:1", "registry.example.org")]
    [InlineData("localhost/app", "localhost")]
    [InlineData("127.0.0.1:5000/app@sha256:00", "127.0.0.1:5000")]
    [InlineData("team/app:1", "https://index.docker.io/v1/")]
    [InlineData("nginx", "https://index.docker.io/v1/")]
    [InlineData("docker.io/team/app:1", "https://index.docker.io/v1/")]
    [InlineData("index.docker.io/team/app:1", "https://index.docker.io/v1/")]
    public void A_name_says_its_registry(string reference, string registry) =>
        Assert.Equal(registry, RegistryCredentials.RegistryOf(reference));

    [Fact]
    public void A_login_is_sent_to_the_registry_it_is_for_and_to_no_other()
    {
        Write(
            $$"""
            {
              "auths": {
                "https://registry.example.org/v2/": { "auth": "{{Both("me:pass:word")}}" },
                "docker.io": { "identitytoken": "tok" }
              }
            }
            """
        );
        var credentials = new RegistryCredentials(file);
        var auth = Read(credentials.For("registry.example.org/team/app:1"));
        Assert.Equal(("me", "pass:word"), (auth["username"]!.ToString(), auth["password"]!.ToString()));
        Assert.Equal("tok", Read(credentials.For("team/app"))["identitytoken"]!.ToString());
        Assert.Null(credentials.For("other.example.org/team/app:1"));
        Assert.Null(new RegistryCredentials(null).For("registry.example.org/team/app:1"));
    }

    [Fact]
    public void A_password_kept_by_a_program_is_not_fetched_and_that_is_said()
    {
        Write("""{"auths":{"registry.example.org":{}},"credsStore":"pass"}""");
        var refused = Assert.Throws<EngineException>(() =>
            new RegistryCredentials(file).For("registry.example.org/team/app:1")
        );
        Assert.Contains("does not run", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"auths":{"registry.example.org":"me:word"}}""")]
    [InlineData("""{"auths":{"registry.example.org":{"auth":7}}}""")]
    [InlineData("""{"auths":{"registry.example.org":["me","word"]}}""")]
    public void An_entry_of_another_shape_says_nothing_of_its_registry(string content)
    {
        Write(content);
        Assert.Null(new RegistryCredentials(file).For("registry.example.org/team/app:1"));
    }

    [Fact]
    public void A_file_that_says_something_twice_is_not_used()
    {
        Write("""{"auths":{},"auths":{"registry.example.org":{}}}""");
        Assert.Contains("not JSON", RegistryCredentials.Trouble(file), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_none_is_named_without_its_content()
    {
        Write("s3cret, not JSON");
        var trouble = RegistryCredentials.Trouble(file)!;
        Assert.Contains(file, trouble, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", trouble, StringComparison.Ordinal);
    }

    private static string Both(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private void Write(string text) => File.WriteAllText(file, text);

    private static JsonNode Read(string? header) =>
        JsonNode.Parse(Convert.FromBase64String(header!.Replace('-', '+').Replace('_', '/')))!;
}
