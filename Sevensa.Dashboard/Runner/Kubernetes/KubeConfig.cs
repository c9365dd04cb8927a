using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>A kubeconfig: of its context the server, its authority, and a token or a client's certificate. Programs that it names are never run.</summary>
internal static class KubeConfig
{
    /// <param name="context">Null for the one that the file says is current.</param>
    /// <exception cref="FormatException">What is wrong with it, with its path.</exception>
    public static KubeAddress Read(string file, string? context)
    {
        try
        {
            var text = new YamlStream();
            text.Load(new StringReader(File.ReadAllText(file)));
            if (text.Documents.Count == 0 || text.Documents[0].RootNode is not YamlMappingNode root)
            {
                throw new FormatException("there is nothing in it");
            }
            return Of(root, context ?? Text(root, "current-context"), Path.GetDirectoryName(Path.GetFullPath(file))!);
        }
        catch (YamlException exception)
        {
            throw new FormatException($"{file}: line {exception.Start.Line}: {exception.Message}", exception);
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or UnauthorizedAccessException
                        or FormatException
                        or InvalidOperationException
                        or CryptographicException
            )
        {
            throw new FormatException($"{file}: {exception.Message}", exception);
        }
    }

    private static KubeAddress Of(YamlMappingNode root, string context, string folder)
    {
        var chosen = Named(root, "contexts", context, "context");
        var cluster = Named(root, "clusters", Text(chosen, "cluster"), "cluster");
        var user = Named(root, "users", Text(chosen, "user"), "user");
        if (Text(cluster, "insecure-skip-tls-verify") == "true")
        {
            throw new FormatException(
                "insecure-skip-tls-verify: the server's certificate is always checked; name its authority"
            );
        }
        if (Member(user, "exec") is not null || Member(user, "auth-provider") is not null)
        {
            throw new FormatException(
                "its user signs in by a program (exec), which is not run; use a service account's token or a client certificate"
            );
        }
        if (!Uri.TryCreate(Text(cluster, "server"), UriKind.Absolute, out var server))
        {
            throw new FormatException("its cluster has no server");
        }
        var authority = Pem(cluster, "certificate-authority", folder);
        var roots = new X509Certificate2Collection();
        if (authority is not null)
        {
            roots.ImportFromPem(authority);
        }
        var certificate = Pem(user, "client-certificate", folder);
        var key = Pem(user, "client-key", folder);
        if ((certificate is null) != (key is null))
        {
            throw new FormatException("of client-certificate and client-key only one is there; name both");
        }
        var tokenFile = Text(user, "tokenFile");
        return new KubeAddress(
            server,
            tokenFile.Length > 0 ? Path.Combine(folder, tokenFile) : null,
            Text(user, "token") is { Length: > 0 } token ? token : null,
            authority is null ? null : roots,
            certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key)
        );
    }

    private static YamlMappingNode Named(YamlMappingNode root, string list, string name, string member) =>
        (Member(root, list) as YamlSequenceNode)
            ?.Children.OfType<YamlMappingNode>()
            .Where(one => Text(one, "name") == name)
            .Select(one => Member(one, member))
            .OfType<YamlMappingNode>()
            .FirstOrDefault()
        ?? throw new FormatException($"there is no \"{name}\" among its {list}");

    /// <summary>From a file that it names, or from the file itself.</summary>
    private static string? Pem(YamlMappingNode node, string name, string folder) =>
        Text(node, $"{name}-data") is { Length: > 0 } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data))
        : Text(node, name) is { Length: > 0 } file ? File.ReadAllText(Path.Combine(folder, file))
        : null;

    private static YamlNode? Member(YamlMappingNode node, string name) =>
        node.Children.TryGetValue(new YamlScalarNode(name), out var value) ? value : null;

    private static string Text(YamlMappingNode node, string name) =>
        (Member(node, name) as YamlScalarNode)?.Value ?? "";
}
