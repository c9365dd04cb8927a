using System.Globalization;
using System.Text;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Reports as large as a test wants them.</summary>
public static class TrivyReport
{
    /// <summary>One of Trivy's in JSON, of an image with as many vulnerabilities, each in a package of its own.</summary>
    public static byte[] Of(int findings)
    {
        var text = new StringBuilder(
            """{"SchemaVersion":2,"ArtifactName":"x","Results":[{"Target":"os","Class":"os-pkgs","Vulnerabilities":["""
        );
        for (var number = 0; number < findings; number++)
            text.Append(number == 0 ? "" : ",")
                .Append(
                    CultureInfo.InvariantCulture,
                    $$"""{"VulnerabilityID":"CVE-2097-{{number:000000}}","PkgName":"p{{number}}","InstalledVersion":"1","Severity":"LOW"}"""
                );
        return Encoding.UTF8.GetBytes(text.Append("]}]}").ToString());
    }
}
