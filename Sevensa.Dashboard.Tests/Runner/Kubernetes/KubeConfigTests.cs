using Sevensa.Dashboard.Runner.Kubernetes;

namespace Sevensa.Dashboard.Tests.Runner.Kubernetes;

public sealed class KubeConfigTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("kubeconfig").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_contexts_server_and_token_are_read()
    {
        using var address = KubeConfig.Read(Write("token: secret-word"), null);

        Assert.Equal(("https://10.0.0.1:6443/", "secret-word"), (address.Server.AbsoluteUri, address.Token));
    }

    [Fact]
    public void A_token_in_a_file_is_named_beside_the_kubeconfig()
    {
        using var address = KubeConfig.Read(Write("tokenFile: token"), null);

        Assert.Equal(Path.Combine(folder, "token"), address.TokenFile);
    }

    [Theory]
    [InlineData("exec: { command: aws }", "", "which is not run")]
    [InlineData("token: a", "insecure-skip-tls-verify: true", "is always checked")]
    public void What_would_be_unsafe_is_refused_in_words(string user, string cluster, string words)
    {
        var refused = Assert.Throws<FormatException>(() => KubeConfig.Read(Write(user, cluster), null));

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_that_is_not_there_is_named()
    {
        var refused = Assert.Throws<FormatException>(() => KubeConfig.Read(Write("token: a"), "other"));

        Assert.Contains("\"other\"", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "name the tenants' namespaces")]
    [InlineData("rentguy=", "is not like")]
    [InlineData("Rent=a", "is not like")]
    [InlineData("a=b, a=c", "named twice")]
    public void Namespaces_are_checked_at_start(string text, string words)
    {
        var refused = Assert.Throws<FormatException>(() =>
            ClusterSettings.Parse(KubeAddress.InCluster, null, null, null, text)
        );

        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_a_pod_in_cluster_says_what_to_do()
    {
        var refused = Assert.Throws<FormatException>(() => KubeAddress.OfPod(folder, _ => null));

        Assert.Contains("name a kubeconfig", refused.Message, StringComparison.Ordinal);
    }

    private string Write(string user, string cluster = "")
    {
        var file = Path.Combine(folder, "config");
        File.WriteAllText(
            file,
            $"""
            apiVersion: v1
            kind: Config
            current-context: main
            contexts:
              - name: main
                context:
                  cluster: c
                  user: u
            clusters:
              - name: c
                cluster:
                  server: https://10.0.0.1:6443
                  {cluster}
            users:
              - name: u
                user:
                  {user}
            """
        );
        return file;
    }
}
