using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sevensa.Dashboard.Platform.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class DutiesUrgencyAndEvents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Findings_Severity_Vulnerability_Package_Id",
                table: "Findings");

            migrationBuilder.AddColumn<string>(
                name: "Client",
                table: "ProposalDecisions",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Token",
                table: "ProposalDecisions",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "TriedJson",
                table: "Policies",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Holder",
                table: "Hosts",
                type: "character varying(32)",
                maxLength: 32,
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "HolderEpoch",
                table: "Hosts",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "Events",
                table: "GraphThreads",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "StarterClient",
                table: "GraphThreads",
                type: "character varying(128)",
                maxLength: 128,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "StarterToken",
                table: "GraphThreads",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Judged",
                table: "Findings",
                type: "character varying(24)",
                maxLength: 24,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Justification",
                table: "Findings",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Urgency",
                table: "Findings",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "Exposed",
                table: "FindingDuePolicies",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Judged",
                table: "FindingDecisions",
                type: "character varying(24)",
                maxLength: 24,
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Justification",
                table: "FindingDecisions",
                type: "character varying(64)",
                maxLength: 64,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "Duties",
                columns: table => new
                {
                    Name = table.Column<string>(type: "character varying(60)", maxLength: 60, nullable: false),
                    Holder = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    Epoch = table.Column<long>(type: "bigint", nullable: false),
                    Beat = table.Column<long>(type: "bigint", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Duties", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "GraphEvents",
                columns: table => new
                {
                    ThreadId = table.Column<string>(type: "character varying(36)", maxLength: 36, nullable: false),
                    Number = table.Column<int>(type: "integer", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Kind = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    Data = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_GraphEvents", x => new { x.ThreadId, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "PolicyVersions",
                columns: table => new
                {
                    PolicyId = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    Version = table.Column<int>(type: "integer", nullable: false),
                    DefinitionJson = table.Column<string>(type: "text", nullable: false),
                    Text = table.Column<string>(type: "text", nullable: true),
                    By = table.Column<string>(type: "text", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_PolicyVersions", x => new { x.PolicyId, x.Version });
                });

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Justification",
                table: "Findings",
                column: "Justification",
                filter: "\"Justification\" IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Kind_Urgency_Vulnerability_Package_Id",
                table: "Findings",
                columns: new[] { "Kind", "Urgency", "Vulnerability", "Package", "Id" },
                descending: new[] { false, true, false, false, false },
                filter: "\"Kind\" <> 'Vulnerability'");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Presence",
                table: "Findings",
                column: "Presence",
                filter: "\"Presence\" = 1");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Severity_Urgency_Vulnerability_Package_Id",
                table: "Findings",
                columns: new[] { "Severity", "Urgency", "Vulnerability", "Package", "Id" },
                descending: new[] { true, true, false, false, false },
                filter: "\"Copy\" >= 0");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Urgency_Vulnerability_Package_Id",
                table: "Findings",
                columns: new[] { "Urgency", "Vulnerability", "Package", "Id" },
                descending: new[] { true, false, false, false },
                filter: "\"Copy\" >= 0");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Vulnerability_ImageId",
                table: "Findings",
                columns: new[] { "Vulnerability", "ImageId" });

            migrationBuilder.Sql(
                """
                UPDATE "Findings" SET "Urgency" = (CASE WHEN "Exploited" THEN 1000 ELSE 0 END) + (CASE WHEN "Epss" >= 0.5 THEN 300 WHEN "Epss" >= 0.1 THEN 200 WHEN "Epss" >= 0.01 THEN 100 ELSE 0 END) + 10 * "Severity" + (CASE WHEN "FixedVersion" IS NULL THEN 0 ELSE 1 END);
                """
            );
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Duties");

            migrationBuilder.DropTable(
                name: "GraphEvents");

            migrationBuilder.DropTable(
                name: "PolicyVersions");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Justification",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Kind_Urgency_Vulnerability_Package_Id",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Presence",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Severity_Urgency_Vulnerability_Package_Id",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Urgency_Vulnerability_Package_Id",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Vulnerability_ImageId",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "Client",
                table: "ProposalDecisions");

            migrationBuilder.DropColumn(
                name: "Token",
                table: "ProposalDecisions");

            migrationBuilder.DropColumn(
                name: "TriedJson",
                table: "Policies");

            migrationBuilder.DropColumn(
                name: "Holder",
                table: "Hosts");

            migrationBuilder.DropColumn(
                name: "HolderEpoch",
                table: "Hosts");

            migrationBuilder.DropColumn(
                name: "Events",
                table: "GraphThreads");

            migrationBuilder.DropColumn(
                name: "StarterClient",
                table: "GraphThreads");

            migrationBuilder.DropColumn(
                name: "StarterToken",
                table: "GraphThreads");

            migrationBuilder.DropColumn(
                name: "Judged",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "Justification",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "Urgency",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "Exposed",
                table: "FindingDuePolicies");

            migrationBuilder.DropColumn(
                name: "Judged",
                table: "FindingDecisions");

            migrationBuilder.DropColumn(
                name: "Justification",
                table: "FindingDecisions");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Severity_Vulnerability_Package_Id",
                table: "Findings",
                columns: new[] { "Severity", "Vulnerability", "Package", "Id" },
                descending: new[] { true, false, false, false },
                filter: "\"Copy\" >= 0");
        }
    }
}
