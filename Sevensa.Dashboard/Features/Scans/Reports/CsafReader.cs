using System.Text.Json;
using static Sevensa.Dashboard.Features.Scans.Reports.ReportJson;

namespace Sevensa.Dashboard.Features.Scans.Reports;

/// <summary>CSAF 2.0 (OASIS), of the profile VEX or of advisories: statements about what others found. It looks for nothing.</summary>
internal sealed class CsafReader : IReportReader
{
    private static readonly (string Member, VexStatus Status)[] Statuses =
    [
        ("known_affected", VexStatus.Affected),
        ("first_affected", VexStatus.Affected),
        ("last_affected", VexStatus.Affected),
        ("known_not_affected", VexStatus.NotAffected),
        ("under_investigation", VexStatus.UnderInvestigation),
        ("fixed", VexStatus.Fixed),
        ("first_fixed", VexStatus.Fixed),
    ];

    public string Format => "csaf";

    public bool Knows(JsonElement root) => Hint(Member(root, "document"), "csaf_version") is not null || IsCalled(root);

    public ScanReport Read(JsonElement root, CancellationToken cancellation)
    {
        var document = Member(root, "document");
        if (!Knows(root))
        {
            throw new UnreadableReportException("This is not CSAF: its document has no csaf_version.");
        }
        if (Hint(document, "csaf_version") is { } csaf && !csaf.StartsWith("2.", StringComparison.Ordinal))
        {
            throw new UnreadableReportException($"CSAF of the version {Cut(csaf, 20)} is not known; 2.0 is.");
        }
        var tracking = Member(document, "tracking");
        var id =
            Said(tracking, "id")
            ?? throw new UnreadableReportException(
                "The VEX document has no document.tracking.id, by which a later version of it is known."
            );
        if (Hint(tracking, "status") == "draft")
        {
            throw new UnreadableReportException(
                "The VEX document is a draft (document.tracking.status), which may still change without a word. Send it when it is interim or final."
            );
        }
        var made = Said(tracking, "current_release_date");
        var publisher = Said(Member(document, "publisher"), "name");
        var products = new CsafProducts(root, cancellation);
        var statements = new List<VexStatement>();
        var unfounded = 0;
        foreach (var found in List(root, "vulnerabilities", "the VEX document"))
        {
            unfounded += Read(found, products, Vex.At(made), statements, cancellation);
        }
        return Vex.Report(
            new VexDocument(
                // Of two publishers the same number may be of two documents.
                Cut($"{publisher} {id}".Trim(), 300),
                CutOrNone(Said(tracking, "version"), 60),
                CutOrNone(publisher, 200),
                Vex.At(made),
                statements,
                unfounded
            ),
            made
        );
    }

    private static bool IsCalled(JsonElement root) =>
        Hint(Member(root, "document"), "category")?.StartsWith("csaf_", StringComparison.OrdinalIgnoreCase) == true;

    /// <returns>How many statements say that something does not count and give no reason.</returns>
    private static int Read(
        JsonElement found,
        CsafProducts products,
        DateTimeOffset? at,
        List<VexStatement> statements,
        CancellationToken cancellation
    )
    {
        var names = Vex.Names([
            Said(found, "cve"),
            .. List(found, "ids", "a vulnerability").Select(one => Said(one, "text")),
        ]);
        if (names.Length == 0)
        {
            throw new UnreadableReportException("A vulnerability of the VEX document has neither a cve nor an id.");
        }
        var flags = ByProduct(found, "flags", "label", products);
        var impacts = ByProduct(found, "threats", "details", products, "impact");
        var remedies = ByProduct(found, "remediations", "details", products);
        var status = Member(found, "product_status");
        var unfounded = 0;
        foreach (var (member, said) in Statuses)
        {
            foreach (var product in Words(status, member).Distinct())
            {
                var justification =
                    said == VexStatus.NotAffected ? CutOrNone(flags.GetValueOrDefault(product), 100) : null;
                var why = CutOrNone(
                    impacts.GetValueOrDefault(product) ?? remedies.GetValueOrDefault(product),
                    Vex.LongestWhy
                );
                if (Vex.IsUnfounded(said, justification, why))
                {
                    unfounded++;
                    continue;
                }
                foreach (var meant in products.Of(product))
                {
                    VexDocument.Add(
                        statements,
                        new VexStatement(said, names, meant, justification, why, at),
                        cancellation
                    );
                }
            }
        }
        return unfounded;
    }

    /// <summary>What a list says of products, by the product; of two entries the first.</summary>
    private static Dictionary<string, string> ByProduct(
        JsonElement found,
        string list,
        string member,
        CsafProducts products,
        string? category = null
    )
    {
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in List(found, list, "a vulnerability"))
        {
            if (Said(entry, member) is not { } text || (category is not null && Hint(entry, "category") != category))
            {
                continue;
            }
            string[] named =
            [
                .. Words(entry, "product_ids"),
                .. Words(entry, "group_ids").SelectMany(products.OfGroup),
            ];
            foreach (var product in named)
            {
                said.TryAdd(product, text);
            }
        }
        return said;
    }
}
