{{ merged_yearbook('province', 'stg_citystat__province_years', 'province_code', province_yearbook_columns()) }}
