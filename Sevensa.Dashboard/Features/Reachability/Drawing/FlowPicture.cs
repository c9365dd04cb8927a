namespace Sevensa.Dashboard.Features.Reachability.Drawing;

/// <summary>What an arrow is drawn as: the gravest of what stands against it.</summary>
public enum ArrowKind
{
    /// <summary>Docker's networks let it through, and nobody has said what is meant.</summary>
    Possible,

    /// <summary>Somebody has said that it is meant.</summary>
    Declared,

    /// <summary>What is meant has been said, and this is not among it.</summary>
    Undeclared,

    /// <summary>Between two tenants, and not declared.</summary>
    CrossTenant,

    /// <summary>Who has the one has the host.</summary>
    HostAccess,
}

/// <summary>A service or a place.</summary>
/// <param name="Name">As the asker may read it.</param>
/// <param name="Service">The tenant's own service that it is; null for what is not.</param>
/// <param name="Steps">Break-ins until it is reached from what is asked about; null when it is not.</param>
public sealed record PictureNode(string Name, string? Service, bool IsStart, int? Steps, double X, double Y)
{
    /// <summary>Of its box.</summary>
    public const double Width = 168;

    /// <summary>Of its box.</summary>
    public const double Height = 30;

    private const int Shown = 21;

    /// <summary>What fits in.</summary>
    public string Short => Name.Length <= Shown ? Name : $"{Name[..(Shown - 1)]}…";
}

/// <summary>All flows from one end to another.</summary>
/// <param name="Line">The curve, as SVG has it.</param>
public sealed record PictureArrow(
    string From,
    string To,
    string Ports,
    ArrowKind Kind,
    bool Seen,
    bool OnPath,
    string Line
)
{
    /// <summary>What it means, in words.</summary>
    public string Words =>
        $"{From} → {To}{(Ports.Length > 0 ? $" on {Ports}" : "")}: {Means}{(Seen ? ", used within the last week" : "")}";

    private string Means =>
        Kind switch
        {
            ArrowKind.CrossTenant => "between tenants, and not declared",
            ArrowKind.HostAccess => "has the host",
            ArrowKind.Undeclared => "possible, and not declared",
            ArrowKind.Declared => "declared",
            _ => "possible",
        };
}

/// <summary>Whose the boxes below are.</summary>
public sealed record PictureHeading(string Words, double X, double Y);

/// <summary>Who could reach whom, laid out to be drawn: columns from outside to inside, what is others' at the right.</summary>
/// <param name="LeftOut">Arrows that are not drawn, since there would be too many to see any.</param>
public sealed record FlowPicture(
    IReadOnlyList<PictureNode> Nodes,
    IReadOnlyList<PictureArrow> Arrows,
    IReadOnlyList<PictureHeading> Headings,
    double Width,
    double Height,
    int LeftOut
)
{
    /// <summary>More would be a cloud.</summary>
    public const int MostArrows = 400;
}
