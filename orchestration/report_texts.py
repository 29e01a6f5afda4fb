"""Words of the report page in English and Chinese: heads of columns, defects of the paper."""

from __future__ import annotations

from analysis.figures import both
from analysis.tables import Text as Words

CONTENTS: tuple[tuple[str, Words], ...] = (
    ("summary", both("Overview", "概览")),
    ("theory", both("Theory", "理论")),
    ("map", both("Maps", "地图")),
    ("trend", both("Trend", "趋势")),
    ("table1", both("Table 1", "表1")),
    ("table2", both("Table 2", "表2")),
    ("table3", both("Table 3", "表3")),
    ("table4", both("Table 4", "表4")),
    ("moran", both("Moran", "莫兰指数")),
    ("spatial-tests", both("Spatial tests", "空间检验")),
    ("table5", both("Table 5", "表5")),
    ("events", both("Event studies", "事件研究")),
    ("robustness", both("Robustness", "稳健性")),
    ("networks", both("Networks", "网络")),
    ("facts", both("Facts of the text", "文中事实")),
    ("audit", both("Audit", "核查")),
    ("accounting", both("Accounts", "核算")),
    ("unavailable", both("Unavailable", "缺失分析")),
    ("defects", both("Defects", "勘误")),
    ("method", both("Method", "方法")),
    ("fingerprints", both("Fingerprints", "指纹")),
)

HEADS: dict[str, Words] = {
    "city": both("City", "城市"),
    "total_rsi": both("Joint green grants, all years", "联合绿色授权（各年合计）"),
    "mean_rsi": both("Mean a year", "年均"),
    "share_percent": both("Share", "占比"),
    "n_partners_last_year": both("Partners, last year", "末年合作城市"),
    "total_gpatent": both("Green grants", "绿色授权"),
    "total_gtr": both("Green transfers", "绿色转让"),
    "is_in_sample": both("In sample", "样本城市"),
    "source_table": both("Source", "来源"),
    "n_landed": both("Landed", "采集"),
    "n_in_marts": both("In marts", "入库"),
    "n_dropped": both("Rejected with reason", "剔除并注明原因"),
    "n_unaccounted": both("Not accounted for", "去向不明"),
    "n_refused_on_import": both("Refused on import", "导入时拒绝"),
    "n_field_rejections": both("Single values rejected", "剔除的单个数值"),
    "applicant_position": both("Position", "申请人顺位"),
    "is_located": both("Located", "已定位"),
    "rule": both("Rule, or why not", "规则或未定位原因"),
    "n_applicants": both("Applicants", "申请人"),
    "mean_confidence": both("Mean confidence", "平均置信度"),
    "lowest_confidence": both("Lowest", "最低"),
    "network": both("Network", "网络"),
    "threshold": both("Lowest confidence that counts", "计入的最低置信度"),
    "bound": both("Bound", "界"),
    "n_edges": both("Edges (year and pair)", "边（年份与城市对）"),
    "n_patent_pairs": both("Patents on them", "边上专利数"),
    "field": both("Field", "字段"),
    "reason": both("Reason", "原因"),
    "values": both("Values", "数值个数"),
    "analysis": both("Analysis", "分析"),
    "name": both("Setting", "设定"),
    "value": both("Value", "取值"),
    "question": both("Question", "问题"),
    "description": both("Meaning", "含义"),
    "year": both("Year", "年份"),
    "kind": both("Weights", "权重"),
    "n": both("Cities", "城市数"),
    "power": both("Power", "幂次"),
    "cutoff_km": both("Cut-off, km", "截断距离（公里）"),
    "standardisation": both("Standardised", "标准化"),
    "n_links": both("Links", "连接数"),
    "n_islands": both("Islands", "孤立点"),
    "n_components": both("Components", "连通分量"),
    "smallest_eigenvalue": both("Smallest eigenvalue", "最小特征值"),
    "feedback_at_paper_rho": both("Feedback at the paper's ρ", "原文 ρ 下的反馈"),
    "fingerprint": both("Fingerprint", "指纹"),
    "note": both("Note", "说明"),
    "policy": both("Policy", "政策"),
    "outcome": both("Outcome", "被解释变量"),
    "pretrend_p": both("p of the years before", "政策前检验 p"),
    "overall": both("Mean effect after", "政策后平均效应"),
    "overall_se": both("Error", "标准误"),
    "twoways_coef": both("Two-way coefficient", "双向固定效应系数"),
    "twoways_se": both("Error", "标准误"),
    "bacon_kind": both("Comparison", "比较类型"),
    "weight": both("Weight", "权重"),
    "estimate": both("Estimate", "估计值"),
    "n_pairs": both("Comparisons", "比较数"),
    "label": both("Variant", "变体"),
    "term": both("Regressor", "解释变量"),
    "estimate_text": both("Coefficient (error)", "系数（标准误）"),
    "p_value": both("p", "p 值"),
    "n_obs": both("N", "样本量"),
    "n_clusters": both("Clusters", "聚类数"),
    "se_kind": both("Errors", "标准误类型"),
    "source": both("Table read", "核查对象"),
    "check_name": both("Check", "检验"),
    "defect": both("Defect", "缺陷"),
    "table_name": both("Table", "表"),
    "row_name": both("Row", "行"),
    "column_name": both("Column", "列"),
    "printed": both("Printed", "印数"),
    "computed": both("Computed", "算得"),
    "verdict": both("Verdict", "判定"),
    "fact": both("Fact", "事实"),
    "ours_text": both("This build", "本次构建"),
    "paper_text": both("Paper", "原文"),
    "state": both("State", "状态"),
    "partners": both("Partner cities", "合作城市"),
    "n_partners": both("Number", "个数"),
    "basis": both("Basis", "口径"),
}
"""Heads of the columns that the page shows, by their names in its queries."""

DEFECTS: dict[str, Words] = {
    "D-01": both(
        "Table 1: in 2019 kept and new partners give 237, printed are 240; in 2020 kept and lost "
        "give 244, printed are 240 of the year before.",
        "表1：2019 年保留与新增之和为 237，印作 240；2020 年保留与退出之和为 244，上年印作 240。",
    ),
    "D-02": both(
        "Table 1, 2019: the share of lost partners, 57.9 %, is divided by the wrong year.",
        "表1：2019 年退出比例 57.9% 的分母取错了年份。",
    ),
    "D-03": both(
        "Table 2: the Chinese labels of the two margins are exchanged.",
        "表2：拓展边际与集约边际的中文名称互换。",
    ),
    "D-04": both(
        "BC and bc: printed maxima do not fit the normalisation or the network of DC.",
        "BC 与 bc：印出的最大值与 DC 的标准化或网络不符。",
    ),
    "D-05": both(
        "gtr and the transfer network cannot share a universe.",
        "gtr 与转让网络不可能出自同一口径。",
    ),
    "D-06": both(
        "ln pgdp is the logarithm of total GDP, not of GDP per head.",
        "ln pgdp 是地区生产总值的对数，而非人均值。",
    ),
    "D-07": both("ln fdi is a logarithm to base 10.", "ln fdi 是以 10 为底的对数。"),
    "D-08": both("ln tech is a ratio, not a logarithm.", "ln tech 是比率，不是对数。"),
    "D-09": both(
        "qrate is disputes over grants: a positive coefficient means more disputes.",
        "qrate 是纠纷与授权之比：系数为正意味着纠纷越多。",
    ),
    "D-10": both("HSR is cumulative, not “new this year”.", "HSR 是累计开通，而非“当年新开通”。"),
    "D-11": both(
        "dige: the printed mean is not 0, so the component was not computed on this sample.",
        "dige：印出的均值不为 0，主成分并非在该样本上计算。",
    ),
    "D-12": both(
        "ins and fin: the printed minimum of 0 is missing data coded as 0.",
        "ins 与 fin：印出的最小值 0 是以 0 记录的缺失值。",
    ),
    "D-13": both(
        "er: the printed maximum exceeds 1, impossible for a mean of scores in [0, 1].",
        "er：印出的最大值超过 1，而 [0, 1] 得分的均值不可能如此。",
    ),
    "D-14": both(
        "Text on Table 1: “25.0 % to 41.2 %” for the share of kept partners; the table prints "
        "20.0 %.",
        "表1 的正文写保留比例“25.0%→41.2%”，表中印作 20.0%。",
    ),
    "D-15": both(
        "Text on Table 1: new partners “from 2007 to 2021”, but the sample ends in 2020; the share "
        "is defined in two ways.",
        "表1 的正文写“2007 至 2021 年”新增伙伴，而样本止于 2020 年；比例有两种定义。",
    ),
    "D-16": both(
        "Text on Table 1: exits “fall year by year”; their number rises from 24 to 138, only the "
        "ratio falls.",
        "表1 的正文称退出“逐年下降”，而退出数由 24 升至 138，下降的只是比例。",
    ),
    "D-17": both(
        "Table 5 leaves out ln tech, carbon_trade and qrate without a word and exchanges its first "
        "two rows.",
        "表5 未加说明地略去 ln tech、carbon_trade 与 qrate，且前两行次序颠倒。",
    ),
    "D-18": both(
        "Table 3: the text calls the sign of GDP per head positive; column (3) prints −0.001.",
        "表3：正文称人均 GDP 符号为正，第（3）列印作 −0.001。",
    ),
    "D-19": both(
        "The “seven classes” are not the seven topics of the WIPO inventory.",
        "所称“七类”并非 WIPO 清单的七个主题。",
    ),
    "D-20": both(
        "Size of the data: 8.6 million base patents, “nearly ten million green patents”, “nearly "
        "ten million patents”.",
        "数据规模前后不一：近 860 万条基础专利、近千万条绿色专利、近千万条专利。",
    ),
    "D-21": both(
        "The outcome is called applications and grants; Table 1 counts applications, Table 2 "
        "grants.",
        "被解释变量时称申请时称授权；表1 用申请，表2 用授权。",
    ),
    "D-22": both("Conclusion: two paragraphs numbered (3).", "结论有两个编号为（3）的段落。"),
    "D-23": both(
        "278 cities in the panel, 341 nodes in the centralities.",
        "面板为 278 个城市，中心度为 341 个节点。",
    ),
    "D-24": both(
        "Table 1: from 2013 on more partners than there are cities.",
        "表1：自 2013 年起合作城市多于城市总数。",
    ),
    "D-25": both(
        "Guangzhou, Chongqing, Suzhou, Xiamen and Nanchang “left” Beijing in 2019: more likely "
        "names that were not matched.",
        "称广州、重庆、苏州、厦门、南昌 2019 年“退出”与北京的合作：更可能是名称匹配所致。",
    ),
    "D-26": both(
        "Table 5: the kind of standard errors is not stated.", "表5：未说明标准误的类型。"
    ),
    "D-27": both(
        "BC and bc: the summation sign is missing in the printed formula.",
        "BC 与 bc：印出的公式缺少求和号。",
    ),
    "D-28": both(
        "Province-level regressors with errors clustered by city: too small.",
        "省级解释变量用聚类到城市的标准误：偏小。",
    ),
    "D-29": both(
        "rps enters with both main effects, which are then effects at a synergy of zero.",
        "rps 与两个主效应同时进入，主效应即协同为零时的效应。",
    ),
    "D-30": both(
        "Table 4, columns (1) to (3): DC of the year before is the lagged outcome over 340, a "
        "dynamic panel presented as a network effect.",
        "表4 第（1）至（3）列：上年 DC 即被解释变量滞后项除以 340，是被当作网络效应的动态面板。",
    ),
    "D-31": both(
        "Abstract and conclusion: “the intensive margin is not significant” and “both margins are "
        "significant”; the first is about levels, the second about coefficients.",
        "摘要与结论：“集约边际不明显”与“两个边际均显著”，前者指水平，后者指系数。",
    ),
    "D-32": both(
        "Under ln(1 + x) the two margins do not add up to ln rsi: the decomposition is not exact.",
        "在 ln(1 + x) 下两个边际之和不等于 ln rsi：分解并不精确。",
    ),
}
"""Defects of the printed paper, all of them, in one sentence each."""

VALUES: dict[str, Words] = {
    "first": both("first applicant", "第一申请人"),
    "other": both("other applicants", "其他申请人"),
    "joint_application": both("joint applications", "联合申请"),
    "joint_grant": both("joint grants", "联合授权"),
    "transfer": both("Transfers", "技术转移网络"),
    "copatent": both("Joint patents", "联合专利网络"),
    "loosest": both("loosest", "最宽"),
    "between": both("between", "居中"),
    "strictest": both("strictest", "最严"),
    "inverse_distance": both("inverse distance", "反距离"),
    "inverse_squared": both("inverse squared distance", "反距离平方"),
    "nearest": both("nearest neighbours", "最近邻"),
    "threshold": both("within a distance", "阈值距离"),
    "contiguity": both("contiguity-like", "类邻接"),
    "economic": both("economic", "经济距离"),
    "economic_geographic": both("economic-geographic", "经济地理"),
    "nested": both("nested economic-geographic", "经济地理嵌套"),
    "hsr": both("high-speed rail", "高铁开通"),
    "low_carbon": both("low-carbon city pilot", "低碳城市试点"),
    "carbon_trade": both("carbon trading pilot", "碳排放权交易试点"),
    "innovative": both("innovative city pilot", "创新城市试点"),
    "printed": both("Printed tables of the paper", "原文印出的表"),
    "ours": both("Tables of this build", "本次构建的表"),
    "fail": both("fails", "不成立"),
    "undecidable": both("cannot be decided", "无法判定"),
    "note": both("to be known", "需知"),
    "row": both("by row", "按行"),
    "spectral": both("by spectral radius", "按谱半径"),
    "n_nodes": both("Nodes", "节点数"),
    "n_active": both("Active nodes", "有边的节点数"),
    "n_edges": both("Edges", "边数"),
    "total_weight": both("Total weight", "总权重"),
    "density": both("Density", "密度"),
    "reciprocity": both("Reciprocity", "互惠度"),
    "n_components": both("Components", "连通分量数"),
    "giant_size": both("Largest component", "最大连通分量"),
    "giant_share": both("Share of the largest component", "最大连通分量占比"),
    "transitivity": both("Transitivity", "传递性"),
    "mean_clustering": both("Mean clustering", "平均聚类系数"),
    "mean_path_length": both("Mean path length", "平均路径长度"),
    "diameter": both("Diameter", "直径"),
    "degree_assortativity": both("Degree assortativity", "度同配系数"),
    "modularity": both("Modularity", "模块度"),
    "n_communities": both("Communities", "社区数"),
    "core_size": both("Size of the core", "核心规模"),
    "core_correlation": both("Core-periphery correlation", "核心—边缘相关系数"),
    "small_world_sigma": both("Small world, sigma", "小世界 sigma"),
    "small_world_omega": both("Small world, omega", "小世界 omega"),
    "random_transitivity": both("Transitivity of random graphs", "随机图传递性"),
    "random_path_length": both("Path length of random graphs", "随机图路径长度"),
    "lattice_clustering": both("Clustering of a lattice", "格点图聚类系数"),
    "continuing": both("continuing", "保留"),
    "new": both("new", "新增"),
    "lost": both("lost", "退出"),
}
"""Coded values as the page writes them."""
